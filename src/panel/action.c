/* action.c: switching a virtual machine or a container */
#include <string.h>
#include <time.h>

#include "auth/audit.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "collect/state.h"
#include "collect/wake.h"
#include "http/req.h"
#include "panel/routes.h"
#include "panel/slot.h"
#include "panel/task.h"

enum {
	ACTION_MS = 15000,   /* what Proxmox may take to answer */
	PATIENCE_MS = 18000, /* how long a second click waits for the answer to the first */
	LOOK_MS = 100,	     /* between two looks whether that has come */
	STORE_TRIES = 20,    /* the machine was switched: that is written, even if others write */
};

static const char *const types[] = { "qemu", "lxc", NULL };

static const char *const actions[] = { "start", "stop",	   "shutdown", "restart",
				       "reset", "suspend", "resume",   NULL };
static const char *const other_words[] = { "reboot", NULL };

static const struct field arg_fields[] = {
	{ FIELD(struct guest_args, server_id), .required = true, .example = "nas" },
	{ FIELD(struct guest_args, vmid), .required = true, .example = "100" },
	{ FIELD(struct guest_args, vm_type), .one_of = types,
	  .doc = "Absent: whatever has this number" },
	{ FIELD(struct guest_args, action), .required = true, .one_of = actions,
	  .also = other_words, .doc = "reboot is restart", .example = "start" },
	{ .key = NULL },
};
const struct shape action_args_shape = { "ActionArgs", sizeof(struct guest_args), arg_fields };

struct action_reply {
	bool success;
	const char *server_id;
	int64_t vmid;
	const char *action, *message, *upid;
};

static const struct field reply_fields[] = {
	{ FIELD(struct action_reply, success) },
	{ FIELD(struct action_reply, server_id) },
	{ FIELD(struct action_reply, vmid) },
	{ FIELD(struct action_reply, action), .doc = "As it was asked for" },
	{ FIELD(struct action_reply, message) },
	{ FIELD(struct action_reply, upid), .nullable = true,
	  .doc = "The task of Proxmox; /api/house/servers/action tells how it ends" },
	{ .key = NULL },
};
const struct shape action_shape = { "ActionResult", sizeof(struct action_reply), reply_fields };

/* As Proxmox calls it. */
static const char *action_word(const char *asked)
{
	return strcmp(asked, "restart") == 0 ? "reboot" : asked;
}

/* The entry of the audit trail as it stands until the answer has come. */
static enum err_code add_audit(struct req *rq, const struct found *found, struct task *task,
			       struct err *e)
{
	struct buf json = { 0 };
	struct jsonw w;
	enum err_code code;

	jsonw_init(&w, &json, NULL);
	jsonw_open(&w, '{');
	jsonw_key(&w, "action");
	jsonw_str(&w, task_word(task));
	jsonw_key(&w, "name");
	jsonw_str(&w, found->guest.name);
	jsonw_key(&w, "result");
	jsonw_str(&w, task_result(task));
	jsonw_close(&w, '}');
	code = audit_add(
		rq->db, rq->now, rq->who, arena_printf(rq->arena, "guest.%s", task_word(task)),
		arena_printf(rq->arena, "%s/%lld", found->server_id, (long long)task->vmid),
		json.data, e);
	buf_done(&json);
	task->audit = (struct maybe_int){ db_last_id(rq->db), true };
	return code;
}

/* Takes the action for this request, or finds that the same was asked for a moment ago. */
static enum err_code claim(struct req *rq, const struct found *found, const struct task *wanted,
			   struct task *task, bool *mine, struct err *e)
{
	enum err_code code = db_begin(rq->db, TX_WRITE, e);

	if (code)
		return code;
	code = task_repeat(rq->db, wanted, rq->arena, task, e);
	*mine = code == ERR_NOT_FOUND;
	if (*mine) {
		*task = *wanted;
		code = add_audit(rq, found, task, e);
		if (!code)
			code = task_add(rq->db, task, e);
	}
	if (!code)
		code = db_commit(rq->db, e);
	db_rollback(rq->db);
	return code;
}

/* Where the cluster has it now, when that is another node than was asked; else NULL. */
static const char *moved_to(struct req *rq, const struct found *found,
			    const struct pve_account *account, int64_t end_ms, const char *reason)
{
	const char *node;
	char error[PEER_ERROR_BYTES];

	if (*found->slot->node || !pve_is_elsewhere(reason) ||
	    pve_guest_node(NULL, account, found->guest.vmid, found->guest.lxc, end_ms, rq->arena,
			   &node, error) != PEER_OK)
		return NULL;
	return strcmp(node, found->guest.node) != 0 ? node : NULL;
}

static void ask_proxmox(struct req *rq, const struct found *found, struct task *task)
{
	struct pve_account account = slot_account(rq->cfg, found->slot);
	int64_t end_ms = clock_monotonic_ms() + ACTION_MS;
	char *reason = arena_alloc(rq->arena, PEER_ERROR_BYTES);
	const char *node = found->guest.node;
	enum peer_state state = PEER_OK;

	account.timeout_ms = ACTION_MS;
	for (int i = 0; node && i < 2; i++) {
		state = pve_action(NULL, &account, node, found->guest.lxc, task->vmid, task->action,
				   end_ms, rq->arena, &task->upid, reason);
		node = state == PEER_OK ? NULL : moved_to(rq, found, &account, end_ms, reason);
	}
	if (state == PEER_OK) {
		task->state = task->upid ? TASK_RUNNING : TASK_OK;
	} else {
		task->state = TASK_REFUSED;
		task->text = *reason ? reason : "no response from Proxmox";
		log_line(LOG_INFO, "action=%s slot=%s vmid=%lld %s", task->action, task->slot,
			 (long long)task->vmid, peer_state_name(state));
	}
	if (strcmp(task->state, TASK_RUNNING) != 0)
		task->ended_at = (struct maybe_stamp){ clock_now(), true };
}

static enum err_code store_once(struct req *rq, const struct found *found, const struct task *task,
				struct err *e)
{
	enum err_code code = db_begin(rq->db, TX_WRITE, e);

	if (code)
		return code;
	code = task_set(rq->db, task, e);
	if (!code)
		code = poll_state_hurry(rq->db, slot_source(found->slot, rq->arena), e);
	if (!code)
		code = db_commit(rq->db, e);
	db_rollback(rq->db);
	return code;
}

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

static void store(struct req *rq, const struct found *found, const struct task *task)
{
	struct err e = { 0 };
	enum err_code code = ERR_BUSY;

	for (int i = 0; i < STORE_TRIES && code == ERR_BUSY; i++) {
		if (i)
			pause_ms(LOOK_MS);
		code = store_once(rq, found, task, &e);
	}
	if (code)
		log_line(LOG_ERROR, "what became of an action was not written: %s", e.text);
	wake_send(rq->dir);
}

/* The answer to the first click, when it has come. */
static enum err_code wait_for(struct req *rq, struct task *task, struct err *e)
{
	int64_t end_ms = clock_monotonic_ms() + PATIENCE_MS;
	enum err_code code = ERR_NONE;

	while (!code && strcmp(task->state, TASK_ASKED) == 0 && clock_monotonic_ms() < end_ms) {
		pause_ms(LOOK_MS);
		code = task_get(rq->db, task->id, rq->arena, task, e);
	}
	return code;
}

static enum err_code answer(struct req *rq, struct res *rs, const struct task *task, struct err *e)
{
	const struct guest_args *args = rq->args;

	if (strcmp(task->state, TASK_REFUSED) == 0)
		return err_set(e, ERR_BAD_REQUEST, "Action failed - %s", task->text);
	if (strcmp(task->state, TASK_ASKED) == 0)
		return err_set(e, ERR_BAD_REQUEST, "Action failed - no response from Proxmox");
	res_object(rq, rs,
		   &(struct action_reply){
			   .success = true,
			   .server_id = args->server_id,
			   .vmid = args->vmid,
			   .action = args->action,
			   .message = arena_printf(rq->arena, "Action %s initiated successfully",
						   args->action),
			   .upid = task->upid,
		   });
	return ERR_NONE;
}

enum err_code guest_action(struct req *rq, struct res *rs, struct err *e)
{
	const struct guest_args *args = rq->args;
	struct task wanted = { .at = { rq->now },
			       .actor = rq->who->user_id,
			       .vmid = args->vmid,
			       .action = action_word(args->action),
			       .state = TASK_ASKED };
	struct task task = { 0 };
	struct found found;
	bool mine = false;
	enum err_code code;

	code = find_guest(rq, args, &found, e);
	if (code)
		return code;
	if (found.guest.lxc && strcmp(wanted.action, "reset") == 0)
		return err_set(e, ERR_BAD_REQUEST, "Action 'reset' is not supported for lxc");
	wanted.slot = found.slot->id;
	code = claim(rq, &found, &wanted, &task, &mine, e);
	if (!code && mine) {
		ask_proxmox(rq, &found, &task);
		store(rq, &found, &task);
	} else if (!code) {
		code = wait_for(rq, &task, e);
	}
	return code ? code : answer(rq, rs, &task, e);
}
