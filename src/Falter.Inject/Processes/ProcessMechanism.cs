namespace Falter.Inject;

/// <summary>One way to carry a process fault out.</summary>
internal abstract class ProcessMechanism
{
    /// <summary>What it would do.</summary>
    public abstract ProcessFaultPlan Plan { get; }

    /// <summary>Does it. Each step of undoing goes to <see cref="ArmedProcesses.Intend"/> first.</summary>
    public abstract void Arm(ArmedProcesses armed);
}
