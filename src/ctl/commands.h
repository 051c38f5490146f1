/* commands.h: what the table of commands names */
#ifndef CTL_COMMANDS_H
#define CTL_COMMANDS_H

#include "ctl/command.h"

/* setup.c */
int setup_init(struct ctl *c), setup_migrate(struct ctl *c), setup_demo(struct ctl *c);
/* user.c */
int user_add(struct ctl *c), user_passwd(struct ctl *c), user_list(struct ctl *c);
/* tokens.c */
int tokens_create(struct ctl *c), tokens_list(struct ctl *c), tokens_revoke(struct ctl *c);
/* setting.c */
int setting_print(struct ctl *c), setting_check(struct ctl *c), setting_get(struct ctl *c);
int setting_set(struct ctl *c), setting_unset(struct ctl *c);
/* doctor.c */
int doctor(struct ctl *c);
/* generate.c */
int generate_routes(struct ctl *c), generate_openapi(struct ctl *c), generate_nginx(struct ctl *c);
int generate_pools(struct ctl *c), generate_template(struct ctl *c),
	generate_config_man(struct ctl *c);
int generate_completion(struct ctl *c), generate_man(struct ctl *c);

/* Words for completion: the families, and how the shell asks for the others; "${ctl[@]}" is hearthctl
 * as it was typed, with its folder. */
void complete_families(struct buf *out), complete_settings(struct buf *out);
void complete_users(struct buf *out), complete_tokens(struct buf *out);

#endif
