namespace Falter.Records;

/// <summary>How a natural error's rate behaves over the observation (Phoebe's categories).</summary>
public enum ErrorModelClass
{
    /// <summary>Rare: its 95th percentile is below the floor. Amplified to the floor.</summary>
    Sporadic,

    /// <summary>Its rate varies widely between intervals. Injected at its 95th percentile.</summary>
    Fluctuating,

    /// <summary>Its rate is about the same in every interval. Injected at its 95th percentile times the factor.</summary>
    Steady,
}

/// <summary>A natural error as observed: statistics over the intervals in which it occurred.</summary>
public sealed record NaturalError
{
    /// <summary>Invocations that ended in this errno.</summary>
    public required long Failures { get; init; }

    /// <summary>All invocations of the system call.</summary>
    public required long Invocations { get; init; }

    /// <summary>Intervals in which the error occurred: the sample size of the rates below.</summary>
    public required int Intervals { get; init; }

    /// <summary>5th percentile, mean, 95th percentile and population variance of the interval error rates, each 0 to 1.</summary>
    public required double RateP5 { get; init; }
    public required double RateMean { get; init; }
    public required double RateP95 { get; init; }
    public required double Variance { get; init; }

    /// <summary>Share of all invocations in the observation that ended in this errno, intervals without the error included. 0 to 1.</summary>
    public double OverallRate() => Invocations == 0 ? 0 : Failures / (double)Invocations;
}

/// <summary>A realistic way to fail, derived from a natural error: (system call, errno, injected rate).</summary>
public sealed record ErrorModel
{
    public required Syscall Syscall { get; init; }
    public required Errno Errno { get; init; }
    public required ErrorModelClass Class { get; init; }

    /// <summary>Probability with which an invocation is to fail, 0 to 1.</summary>
    public required double InjectedRate { get; init; }

    /// <summary>Whether the natural error was seen too rarely for its rate to be trusted.</summary>
    public required bool Weak { get; init; }

    /// <summary>Whether programs meet this errno in ordinary operation (<see cref="Records.Errno.IsNormalOutcome"/>).</summary>
    public bool NormalOutcome => Errno.IsNormalOutcome;

    public required NaturalError Natural { get; init; }

    /// <summary><c>openat:ENOENT</c>.</summary>
    public string Name => $"{Syscall}:{Errno}";
}
