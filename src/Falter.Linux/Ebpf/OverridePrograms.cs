using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Linux.Ebpf;

/// <summary>The programs of <c>bpf/override.bpf.c</c>: fail calls of running processes and of all that they create.</summary>
public sealed class OverridePrograms : RulePrograms
{
    /// <summary>The most places in the kernel that can be armed together: <c>FALTER_MOST_HOOKS</c>.</summary>
    public const int MostHooks = 48;

    private const string Resource = "override.bpf.o";

    // A decision waits for its exit: so that none is left over, exits are watched before entries are.
    private static readonly string[] s_following = ["follow_process", "forget_thread"], s_deciding = ["exit_call", "enter_call"];

    private readonly BpfMap<uint, uint> _targets;

    private OverridePrograms(BpfObject loaded, IReadOnlyList<SyscallFault> rules) : base(loaded, rules) => _targets = loaded.Map<uint, uint>("targets");

    /// <summary>The target's processes that live now.</summary>
    public IReadOnlyList<int> Pids
    {
        get
        {
            var pids = new List<int>();
            _targets.ForEach((in pid, _) => pids.Add((int)pid));
            return [.. pids.Where(ProcessTable.Exists).Order()];
        }
    }

    /// <summary>Loads the programs that the rules need and attaches them. They are gone when this is disposed, or when the process ends in whatever way.</summary>
    /// <param name="pids">Processes; their descendants are the target too.</param>
    /// <param name="rules">Rules whose calls all have hooks (<see cref="OverrideHooks.Of"/>).</param>
    /// <param name="seed">Decides the lots.</param>
    /// <param name="log">Whether each injected call is kept until it is taken.</param>
    /// <exception cref="FalterException">The kernel lacks a feature, a privilege or libbpf is missing; or the rules need too many hooks.</exception>
    public static OverridePrograms Attach(IReadOnlyList<int> pids, IReadOnlyList<SyscallFault> rules, ulong seed, bool log)
    {
        Dictionary<Syscall, IReadOnlyList<OverrideHook>> byCall = rules.SelectMany(r => r.Syscalls).Distinct().ToDictionary(c => c, OverrideHooks.Of);
        OverrideHook[] hooks = [.. byCall.Values.SelectMany(h => h).Distinct()];
        if (hooks.Length > MostHooks) throw FalterException.Usage("rule-not-supported", $"the rules' calls need {hooks.Length} places in the kernel, where the programs are for {MostHooks}; arm fewer calls at a time");
        BpfObject loaded = Load(hooks, s_following.Concat(s_deciding), new RuleConfig { Seed = seed, Log = log ? 1u : 0 });
        OverridePrograms? programs = null;
        try
        {
            programs = new OverridePrograms(loaded, rules);
            programs.Begin(loaded, hooks, byCall, pids);
            return programs;
        }
        catch
        {
            programs?.Dispose();
            loaded.Dispose();
            throw;
        }
    }

    /// <summary>Attaches one program that replaces nothing, and takes it away again.</summary>
    /// <returns>What the kernel refused; null where it permitted it.</returns>
    internal static string? Try(OverrideHook hook)
    {
        try
        {
            using BpfObject loaded = Load([hook], [], default);
            using BpfLink link = Attach(loaded, hook, 0);
            return null;
        }
        catch (LinuxException e)
        {
            return $"{e.Call} of {hook}: {RawErrno(e)}";
        }
    }

    private void Begin(BpfObject loaded, OverrideHook[] hooks, Dictionary<Syscall, IReadOnlyList<OverrideHook>> byCall, IReadOnlyList<int> pids)
    {
        BpfMap<uint, ulong> ofCall = loaded.Map<uint, ulong>("hooks");
        foreach ((Syscall call, IReadOnlyList<OverrideHook> own) in byCall) ofCall.TrySet((uint)call.Number, own.Aggregate(0UL, (bits, hook) => bits | 1UL << Array.IndexOf(hooks, hook)));
        for (int i = 0; i < hooks.Length; i++) Own(Attach(loaded, hooks[i], i));
        foreach (string program in s_following) Own(loaded.Attach(program));
        AddTargets(pids);
        foreach (string program in s_deciding) Own(loaded.Attach(program));
    }

    // A process that one not yet added creates meanwhile is missed by a pass: a pass that finds none new ends the search.
    private void AddTargets(IReadOnlyList<int> pids)
    {
        var known = new HashSet<int>();
        while (ProcessTable.WithDescendants(pids).Where(p => known.Add(p.Pid)).ToList() is { Count: > 0 } found)
        {
            foreach (ProcessStat process in found) _targets.TrySet((uint)process.Pid, 1);
        }
    }

    private static BpfObject Load(OverrideHook[] hooks, IEnumerable<string> others, RuleConfig configuration)
    {
        BpfObject programs = BpfObject.Open(Resource);
        try
        {
            programs.Configure(configuration);
            programs.Select([.. others, .. hooks.Select((h, i) => h.ProgramName(i))]);
            for (int i = 0; i < hooks.Length; i++)
            {
                if (hooks[i].Kind != OverrideKind.Kprobe) programs.SetAttachTarget(hooks[i].ProgramName(i), hooks[i].Function);
            }
            return programs.TryLoad() is { } refusal ? throw refusal : programs;
        }
        catch
        {
            programs.Dispose();
            throw;
        }
    }

    private static BpfLink Attach(BpfObject loaded, OverrideHook hook, int number) =>
        hook.Kind == OverrideKind.Kprobe ? loaded.AttachProbe(hook.ProgramName(number), hook.Function) : loaded.Attach(hook.ProgramName(number));

    // 524 is the kernel's own ENOTSUPP, which no header of the C library names.
    private static string RawErrno(LinuxException e) => e.Errno.Number == 524 ? "ENOTSUPP" : e.Errno.Name;
}
