namespace Falter.Records;

/// <summary>Something that is done to a target, when, and for how long. Pure data: what a fault plan is made of.</summary>
public abstract record Fault
{
    /// <summary>How long after arming it begins. Default: at once.</summary>
    public TimeSpan After { get; init; }

    /// <summary>How long it lasts once it has begun; null: until it is disarmed.</summary>
    public TimeSpan? For { get; init; }

    /// <summary>The fault as its writer wrote it; null where it came from somewhere else. Not part of its meaning.</summary>
    public string? Written { get; init; }
}
