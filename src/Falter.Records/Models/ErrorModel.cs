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

    /// <summary>The error rate weighted by invocations: <see cref="OverallRate"/>. 0 to 1; null where weighting was switched off.</summary>
    public double? RateWeighted { get; init; }

    /// <summary>Wilson's 95 % interval of <see cref="OverallRate"/>. 0 to 1; null where intervals were switched off.</summary>
    public double? RateLow { get; init; }
    public double? RateHigh { get; init; }

    /// <summary>How the errors follow each other; null where the observation did not count error runs.</summary>
    public ErrorBursts? Bursts { get; init; }

    /// <summary>Share of all invocations in the observation that ended in this errno, intervals without the error included. 0 to 1.</summary>
    public double OverallRate() => Invocations == 0 ? 0 : Failures / (double)Invocations;
}

/// <summary>
/// Length and spacing of error runs, as in Gilbert's model of two states (1960): a run is a maximal sequence of consecutive calls of one thread that ended
/// in the error. An injector that enters the failing state with probability 1 / <see cref="MeanSpacing"/> after each call that did not fail (at least one lies
/// between two runs), and leaves it with probability 1 / <see cref="MeanLength"/> after each that did, reproduces both (<see cref="Decision.NextInBurst"/>).
/// </summary>
public sealed record ErrorBursts
{
    /// <summary>Runs that began in the observation.</summary>
    public required long Runs { get; init; }

    /// <summary>Failing calls per run, 1 or more.</summary>
    public required double MeanLength { get; init; }

    /// <summary>Calls between two runs that did not end in the error.</summary>
    public required double MeanSpacing { get; init; }
}

/// <summary>A realistic way to fail, derived from a natural error: (system call, errno, injected rate).</summary>
public sealed record ErrorModel
{
    /// <summary>The role or process that met the error; empty where all processes of the observation are taken together.</summary>
    public string Process { get; init; } = "";

    public required Syscall Syscall { get; init; }
    public required Errno Errno { get; init; }
    public required ErrorModelClass Class { get; init; }

    /// <summary>Share of invocations that are to fail in all, natural errors included. 0 to 1.</summary>
    public required double InjectedRate { get; init; }

    /// <summary>
    /// Probability with which an invocation must be failed so that, natural errors going on, <see cref="InjectedRate"/> of them fail:
    /// (injected - natural) / (1 - natural). 0 to 1; null where calibration was switched off: then the injected rate itself.
    /// </summary>
    public double? InjectionProbability { get; init; }

    /// <summary>Whether the natural error was seen too rarely for its rate to be trusted.</summary>
    public required bool Weak { get; init; }

    /// <summary>Whether programs meet this errno in ordinary operation (<see cref="Records.Errno.IsNormalOutcome"/>).</summary>
    public bool NormalOutcome => Errno.IsNormalOutcome;

    /// <summary>
    /// Whether the call is one by which a language's runtime waits and schedules on its own account (Go, .NET): the model then tests the runtime more than the
    /// application. Null where it was not asked.
    /// </summary>
    public bool? RuntimeInternal { get; init; }

    public required NaturalError Natural { get; init; }

    /// <summary><c>openat:ENOENT</c>.</summary>
    public string Name => $"{Syscall}:{Errno}";
}
