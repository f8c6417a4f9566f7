/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Which processes are the target: those that match every selector that was given. Asked when a process is created, executes a program, or is looked
 * at by the iterator; never on the way of a system call.
 */
#ifndef FALTER_SELECTION_H
#define FALTER_SELECTION_H

#include "kernel.h"
#include "wire.h"

/* Deepest nesting of control groups that is looked at; Kubernetes has about 6. */
#define MOST_LEVELS 16

extern const volatile struct monitor_config config;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FALTER_MOST_SELECTED);
	__type(key, struct selected_name);
	__type(value, __u32); /* NAME_SELECTED, NAME_EXCLUDED */
} selected_names SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FALTER_MOST_SELECTED);
	__type(key, struct selected_group);
	__type(value, __u32);
} selected_groups SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FALTER_MOST_SELECTED);
	__type(key, __u32);
	__type(value, __u32);
} excluded_pids SEC(".maps");

static __always_inline __u32 marks_of(struct selected_name *name)
{
	__u32 *marks = bpf_map_lookup_elem(&selected_names, name);

	return marks ? *marks : 0;
}

/* What is said of the process's command name and of the file name of its program. */
static __always_inline __u32 marks_of_process(struct task_struct *task)
{
	struct selected_name name = {};
	struct file *program;
	__u32 marks;

	bpf_probe_read_kernel_str(name.text, FALTER_NAME_LENGTH, task->group_leader->comm);
	marks = marks_of(&name);
	if (!task->mm)
		return marks;
	program = task->mm->exe_file;
	if (!program)
		return marks;
	__builtin_memset(&name, 0, sizeof(name));
	if (bpf_probe_read_kernel_str(name.text, sizeof(name.text), program->f_path.dentry->d_name.name) > 0)
		marks |= marks_of(&name);
	return marks;
}

/* The task's group in one hierarchy: the unified one, or that of a controller (cgroup v1). */
static __always_inline void *group_of(struct task_struct *task, __u32 hierarchy)
{
	struct css_set *set = task->cgroups;
	void *group = 0, *state = 0;
	__u32 index;

	if (hierarchy == HIERARCHY_UNIFIED)
		return set->dfl_cgrp;
	switch (hierarchy) {
	case HIERARCHY_PIDS:
		index = bpf_core_enum_value(enum cgroup_subsys_id, pids_cgrp_id);
		break;
	case HIERARCHY_MEMORY:
		index = bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);
		break;
	case HIERARCHY_FREEZER:
		index = bpf_core_enum_value(enum cgroup_subsys_id, freezer_cgrp_id);
		break;
	default:
		index = bpf_core_enum_value(enum cgroup_subsys_id, cpu_cgrp_id);
		break;
	}
	bpf_probe_read_kernel(&state, sizeof(state), (void *)set + bpf_core_field_offset(set->subsys) + index * sizeof(void *));
	if (state)
		bpf_probe_read_kernel(&group, sizeof(group), state + bpf_core_field_offset(struct cgroup_subsys_state, cgroup));
	return group;
}

/* Whether the task is in a selected group of this hierarchy, or in a group below one. */
static __always_inline bool in_selected_group(struct task_struct *task, __u32 hierarchy)
{
	struct selected_group key = { .hierarchy = hierarchy };
	void *group = group_of(task, hierarchy), *node;

	for (int level = 0; level < MOST_LEVELS && group; level++) {
		node = 0;
		key.id = 0;
		bpf_probe_read_kernel(&node, sizeof(node), group + bpf_core_field_offset(struct cgroup, kn));
		bpf_probe_read_kernel(&key.id, sizeof(key.id), node + bpf_core_field_offset(struct kernfs_node, id));
		if (bpf_map_lookup_elem(&selected_groups, &key))
			return true;
		/* struct cgroup begins with its own state (`self`), so a parent's state is a parent's group. */
		bpf_probe_read_kernel(&group, sizeof(group), group + bpf_core_field_offset(struct cgroup_subsys_state, parent));
	}
	return false;
}

static __always_inline bool in_selected_groups(struct task_struct *task)
{
	for (__u32 hierarchy = 0; hierarchy < HIERARCHIES; hierarchy++)
		if (config.hierarchies & 1 << hierarchy && in_selected_group(task, hierarchy))
			return true;
	return false;
}

/*
 * Whether a process is counted. `below_root`: it is or descends from a process that was given by its id or launched. `below_target`: it is or
 * descends from one that was counted.
 */
static __always_inline bool is_target(struct task_struct *task, bool below_root, bool below_target)
{
	__u32 marks = 0, pid = task->tgid;

	if (config.select & (SELECT_NAMES | SELECT_EXCEPT))
		marks = marks_of_process(task);
	if (config.select & SELECT_EXCEPT && (marks & NAME_EXCLUDED || bpf_map_lookup_elem(&excluded_pids, &pid)))
		return false;
	if (below_target)
		return true;
	if (config.select & SELECT_ROOTS && !below_root)
		return false;
	if (config.select & SELECT_NAMES && !(marks & NAME_SELECTED))
		return false;
	return !(config.select & SELECT_GROUPS) || in_selected_groups(task);
}

#endif
