using System.Text.Json.Serialization;

namespace Falter.Records;

/// <summary>What is done to a system: natural error models, plans that were written, and combinations of them.</summary>
public sealed record FaultsDefinition
{
    /// <summary>Whether and how natural errors are observed and amplified; null: they are not.</summary>
    public NaturalFaults? Natural { get; init; }

    /// <summary>A file of error models (<c>falter models</c>), each of which is a plan; null: none.</summary>
    public string? Models { get; init; }

    /// <summary>Plans that were written, in order.</summary>
    public IReadOnlyList<WrittenPlan> Plans { get; init; } = [];

    /// <summary>Up to so many plans are armed at once, in all combinations. Default 1: one plan at a time.</summary>
    public int AtOnce { get; init; } = 1;

    /// <summary>The most plans in all, natural ones first; what is left out is told. Default 100.</summary>
    public int MostPlans { get; init; } = 100;

    /// <summary>Default: realistic.</summary>
    public FaultStrategy Strategy { get; init; } = FaultStrategy.Realistic;

    /// <summary>Whether the rate at which the verdict changes is searched for, per plan with one rate. Default: no.</summary>
    public bool FindThresholds { get; init; }

    /// <summary>The mechanism of system call rules that was asked for; null: the best for each.</summary>
    public string? Mechanism { get; init; }
}

/// <summary>Natural errors, observed and amplified.</summary>
/// <param name="Roles">The roles whose errors are meant; empty: all.</param>
/// <param name="MaxModels">The most models that are tried. Default 10.</param>
public sealed record NaturalFaults(IReadOnlyList<string> Roles, int MaxModels = 10)
{
    /// <summary>Whether the errors of all these roles are taken together, and injected into every role, as if they were one. Default: each role has models of its own.</summary>
    public bool Together { get; init; }
}

/// <summary>A plan that was written: faults that are armed together.</summary>
/// <param name="Name">Unique among the plans.</param>
/// <param name="Faults">At least one.</param>
public sealed record WrittenPlan(string Name, IReadOnlyList<RoleFault> Faults);

/// <summary>A fault and whom it hits.</summary>
/// <param name="Role">The role; null: every role.</param>
/// <param name="Fault">The fault.</param>
public sealed record RoleFault(string? Role, Fault Fault)
{
    /// <summary>As JSON has it, where a role that is null is left out.</summary>
    [JsonConstructor]
    public RoleFault(Fault fault, string? role = null) : this(role, fault)
    {
    }

    /// <summary><c>web: openat:error=EMFILE:rate=5%</c>.</summary>
    public override string ToString() => Role is null ? $"{Fault}" : $"{Role}: {Fault}";
}
