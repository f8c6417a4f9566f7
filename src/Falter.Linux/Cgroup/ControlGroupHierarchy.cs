namespace Falter.Linux.Cgroup;

/// <summary>A hierarchy of control groups in which Falter finds processes. The order is that of <c>enum hierarchy</c> in bpf/wire.h.</summary>
public enum ControlGroupHierarchy
{
    /// <summary>Version 2, all controllers in one.</summary>
    Unified,

    /// <summary>Version 1, that of the controller. Container engines make a group in each of them.</summary>
    Pids, Memory, Freezer, Cpu,
}
