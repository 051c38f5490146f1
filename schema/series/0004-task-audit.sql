-- What was asked of a guest and the entry of hearth.audit that tells it: its end is written there too.

ALTER TABLE pve_task ADD COLUMN audit INTEGER; -- id of the entry; NULL: none
CREATE INDEX pve_task_asked ON pve_task (slot) WHERE state = 'asked';
CREATE INDEX pve_task_ended ON pve_task (slot, ended_at);
