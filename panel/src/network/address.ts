// The order of IP addresses.

/** A text whose alphabetical order is IPv4 by number, then IPv6, then devices without an address. */
export function ipOrder(ip: string): string {
	if (!ip) return "9";
	if (ip.includes(":")) return `6 ${ip}`;
	return `4 ${ip.split(".").map((part) => part.padStart(3, "0")).join(".")}`;
}
