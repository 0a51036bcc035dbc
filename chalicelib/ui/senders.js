// The addresses that an account may send from: those that it has reserved, and all of its verified domains.

import { ask } from "./client.js";
import { refreshReserved } from "./places.js";

/** What an account may send from. */
export class Senders {
  constructor(addresses, domains) {
    this.addresses = addresses.filter((one) => !one.startsWith("*"));
    this.domains = domains;
  }

  /** Asks for them. */
  static async load(signal) {
    const [reserved, domains] = await Promise.all([refreshReserved(signal), ask("ListDomains", {}, { signal })]);
    return new Senders(reserved.map((one) => one._id), domains.filter((one) => one.verified).map((one) => one._id));
  }

  /** Whether an address is one of them; name+tag@… is name@…. */
  has(address) {
    const [, local, domain] = /^([^@]+?)(?:\+[^@]*)?@([^@]+)$/.exec(address.trim().toLowerCase()) ?? [];
    return Boolean(domain) && (this.domains.includes(domain) || this.addresses.includes(`${local}@${domain}`));
  }

  /** The first of these addresses that may send, else any; empty where there is none. */
  best(wished) {
    return wished.find((one) => this.has(one)) ?? this.addresses[0] ?? "";
  }
}
