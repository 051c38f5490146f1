// Language and appearance, kept in this browser.
import { Icon, type IconName } from "../icons";
import { dictionaries, locale, setLocale, t, type Locale } from "../i18n";
import { setTheme, theme, themes, type Theme } from "../theme";
import { useStore } from "../store";
import { Segments, Select } from "./Choice";

export function LanguageChoice({ labelHidden = false }: { labelHidden?: boolean }) {
	return (
		<Select<Locale>
			label={t.preferences.language}
			labelHidden={labelHidden}
			value={useStore(locale)}
			onChange={setLocale}
			options={(Object.keys(dictionaries) as Locale[]).map((key) => ({ value: key, label: dictionaries[key].name }))}
		/>
	);
}

const ICONS: Record<Theme, IconName> = { system: "system", light: "sun", dark: "moon" };

/** `iconsOnly` keeps the words for screen readers and tooltips. */
export function ThemeChoice({ iconsOnly = false }: { iconsOnly?: boolean }) {
	const labels: Record<Theme, string> = {
		system: t.preferences.themeSystem,
		light: t.preferences.themeLight,
		dark: t.preferences.themeDark,
	};
	return (
		<Segments<Theme>
			legend={t.preferences.theme}
			value={useStore(theme)}
			onChange={setTheme}
			options={themes.map((value) => ({
				value,
				title: labels[value],
				label: (
					<>
						<Icon name={ICONS[value]} size={18} />
						<span class={iconsOnly ? "hidden" : undefined}>{labels[value]}</span>
					</>
				),
			}))}
		/>
	);
}
