using System.Text.Json.Serialization;

namespace Falter.Records;

/// <summary>Where a fault plan comes from.</summary>
public enum PlanOrigin
{
    /// <summary>A natural error, amplified.</summary>
    Natural,

    /// <summary>The experiment's file.</summary>
    Written,

    /// <summary>Several plans at once.</summary>
    Combined,

    /// <summary>Chance, to compare realism with.</summary>
    Random,
}

/// <summary>One fault plan of a run: what is armed together. Pure data.</summary>
public sealed record FaultPlan
{
    /// <summary>From 0, in the order in which plans were made.</summary>
    public required int Number { get; init; }

    /// <summary>Unique in the run: <c>openat:EMFILE</c>, or as the file names it.</summary>
    public required string Name { get; init; }

    public required PlanOrigin Origin { get; init; }

    /// <summary>At least one.</summary>
    public required IReadOnlyList<RoleFault> Faults { get; init; }

    /// <summary>The error models that it comes from; empty where it was written.</summary>
    public IReadOnlyList<ErrorModel> Models { get; init; } = [];

    /// <summary>The one model that it comes from; null where there are none or several.</summary>
    [JsonIgnore]
    public ErrorModel? Model => Models is [var only] ? only : null;
}
