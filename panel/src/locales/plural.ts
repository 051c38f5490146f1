// Plural forms by the rules of the language; each locale must give exactly the forms it has.

export function pluralOf<Form extends Intl.LDMLPluralRule>(locale: string) {
	const rules = new Intl.PluralRules(locale);
	const digits = new Intl.NumberFormat(locale);
	/** `#` in the chosen form stands for the number. */
	return (count: number, forms: Record<Form, string>): string =>
		forms[rules.select(count) as Form].replace("#", digits.format(count));
}
