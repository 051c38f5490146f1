// Logging out, with a word about how it went.
import { ApiError } from "../http";
import { t } from "../i18n";
import { logout } from "../session";
import { failureText } from "../ui/State";
import { toast } from "../ui/Toast";

export async function leave(): Promise<void> {
	try {
		await logout();
		toast(t.account.loggedOut);
	} catch (error) {
		if (!(error instanceof ApiError)) throw error;
		toast(failureText(error), { isBad: true });
	}
}
