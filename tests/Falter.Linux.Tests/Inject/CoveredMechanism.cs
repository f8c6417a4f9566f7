using Falter.Inject;
using Falter.Linux.Features;
using Falter.Linux.Launch;
using Falter.Records;

namespace Falter.Linux.Tests.Inject;

/// <summary>A mechanism under the coverage test: how it takes hold of the program, and what it is known not to do.</summary>
internal sealed record CoveredMechanism
{
    /// <summary>A name of <see cref="Mechanisms"/>.</summary>
    public required string Name { get; init; }

    /// <summary>What it can do.</summary>
    public required IReadOnlyList<FaultPhase> Phases { get; init; }

    /// <summary>Launches the program and takes hold of it.</summary>
    public required Func<LaunchOptions, IReadOnlySet<Syscall>, (LaunchedProcess Process, ISyscallInjector Injector)> Start { get; init; }

    /// <summary>Why it cannot run on this machine; null where it can.</summary>
    public required Func<string?> WhyNot { get; init; }

    /// <summary>Whether descriptors that a call opened are closed again when it is failed afterwards, but for <see cref="KeptDescriptors"/>.</summary>
    public bool ClosesDescriptors { get; init; }

    /// <summary>Of dup2 and dup3 the caller knows the number; of bpf it is not known from the call alone whether its result is a descriptor.</summary>
    public static IReadOnlySet<string> KeptDescriptors { get; } = new HashSet<string>(["bpf", "dup2", "dup3"], StringComparer.Ordinal);

    /// <summary>The calls that it refuses, and why, by phase.</summary>
    public required IReadOnlyDictionary<FaultPhase, IReadOnlyDictionary<string, string>> Refused { get; init; }

    /// <summary>Calls that cannot succeed in its targets, so that there is nothing to fail afterwards.</summary>
    public IReadOnlyDictionary<string, string> Hindered { get; init; } = None;

    private static IReadOnlyDictionary<string, string> None { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    private const string Unanswered = "the kernel would wait for an answer that nobody could give any more, or the listener's descriptor could not be taken out of the target";
    private const string NoReturn = "it does not return when it succeeds";
    private const string NoWayOn = "it never returns: a program for which it did would run on into whatever follows";
    private const string SharedMemory = "what it has created would go on with memory that its creator believes to be free";

    private static IReadOnlyDictionary<string, string> RefusedAfter { get; } =
        Each(NoReturn, "execve", "execveat", "exit", "exit_group", "rt_sigreturn").Concat(Each(SharedMemory, "clone", "clone3")).ToDictionary(StringComparer.Ordinal);

    /// <summary>All mechanisms that the test knows, in the order of the page.</summary>
    public static IReadOnlyList<CoveredMechanism> All { get; } =
    [
        new()
        {
            Name = Mechanisms.SeccompNotify,
            Phases = [FaultPhase.Before],
            Start = Launched(selectable => SeccompInjector.Prepare(selectable, InjectionRun.Keeper), i => i.AtExec),
            WhyNot = () => FeatureCatalogue.SeccompNotify.WhyNot(),
            Refused = Phase(FaultPhase.Before, Each(Unanswered, "close_range", "rt_sigreturn", "exit", "exit_group")),
        },
        new()
        {
            Name = Mechanisms.SeccompAttach,
            Phases = [FaultPhase.Before],
            Start = Attached((pid, selectable) => SeccompAttachInjector.Attach([pid], selectable, InjectionRun.Keeper)),
            WhyNot = () => FeatureCatalogue.SeccompNotify.WhyNot(),
            Refused = Phase(FaultPhase.Before, Each(Unanswered, "close_range", "rt_sigreturn", "exit", "exit_group")),
        },
        new()
        {
            Name = Mechanisms.BpfTrigger,
            Phases = [FaultPhase.After],
            Start = Attached((pid, _) => BpfTriggerInjector.Attach([pid])),
            WhyNot = BpfTriggerSupport.WhyNot,
            ClosesDescriptors = true,
            Refused = Phase(FaultPhase.After, RefusedAfter),
            Hindered = Each("a process that is traced cannot be traced by another", "ptrace"),
        },
        new()
        {
            Name = Mechanisms.Ptrace,
            ClosesDescriptors = true,
            Phases = [FaultPhase.Before, FaultPhase.After],
            Start = Attached((pid, _) => PtraceInjector.Attach([pid])),
            WhyNot = () => FeatureCatalogue.PtraceSeize.WhyNot(),
            Refused = new Dictionary<FaultPhase, IReadOnlyDictionary<string, string>>
            {
                [FaultPhase.Before] = Each(NoWayOn, "exit", "exit_group", "rt_sigreturn"),
                [FaultPhase.After] = RefusedAfter,
            },
            Hindered = Each("a process that is traced cannot be traced by another", "ptrace"),
        },
    ];

    /// <summary>Why it refuses a call in a phase; null where it does not.</summary>
    public string? Refusal(FaultPhase phase, Syscall call) => Refused.TryGetValue(phase, out var calls) ? calls.GetValueOrDefault(call.Name) : null;

    private static Func<LaunchOptions, IReadOnlySet<Syscall>, (LaunchedProcess, ISyscallInjector)> Launched<T>(Func<IReadOnlySet<Syscall>, T> prepare,
        Func<T, Action<Linux.Ptrace.StoppedTracee>> atExec) where T : ISyscallInjector => (options, selectable) =>
    {
        T injector = prepare(selectable);
        return (Launcher.Launch(options, atExec(injector)), injector);
    };

    private static Func<LaunchOptions, IReadOnlySet<Syscall>, (LaunchedProcess, ISyscallInjector)> Attached(
        Func<int, IReadOnlySet<Syscall>, ISyscallInjector> attach) => (options, selectable) =>
    {
        LaunchedProcess process = Launcher.Launch(options);
        return (process, attach(process.Pid, selectable));
    };

    private static Dictionary<FaultPhase, IReadOnlyDictionary<string, string>> Phase(FaultPhase phase, IReadOnlyDictionary<string, string> calls) => new() { [phase] = calls };

    private static Dictionary<string, string> Each(string reason, params string[] calls) => calls.ToDictionary(c => c, _ => reason, StringComparer.Ordinal);
}
