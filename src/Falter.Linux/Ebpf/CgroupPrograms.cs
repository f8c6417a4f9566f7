using Falter.Linux.Cgroup;
using Falter.Linux.Interop;
using Falter.Records;

namespace Falter.Linux.Ebpf;

/// <summary>The programs of <c>bpf/cgroup.bpf.c</c> at a control group.</summary>
public sealed class CgroupPrograms : RulePrograms
{
    private const string Resource = "cgroup.bpf.o";

    // Which hooks the kernel passes in which call. UDP's three ways to send to an address share one pair of hooks.
    private static readonly string[] s_connect = ["connect4", "connect6"], s_bind = ["bind4", "bind6"], s_send = ["sendmsg4", "sendmsg6"];
    private static readonly Dictionary<string, string[]> s_hooks = new(StringComparer.Ordinal)
    {
        ["connect"] = s_connect,
        ["bind"] = s_bind,
        ["sendto"] = s_send,
        ["sendmsg"] = s_send,
        ["sendmmsg"] = s_send,
        ["socket"] = ["create"],
        ["setsockopt"] = ["set_option"],
        ["getsockopt"] = ["get_option"],
    };

    private static readonly Lazy<bool> s_knowsCalls = new(TryExactCalls);

    private CgroupPrograms(BpfObject loaded, IReadOnlyList<SyscallFault> rules) : base(loaded, rules)
    {
    }

    /// <summary>The calls that have a hook.</summary>
    public static IReadOnlyList<Syscall> Calls { get; } = [.. s_hooks.Keys.Select(Syscall.Named)];

    /// <summary>
    /// Whether the programs may look at the thread's registers here (about Linux 6.16): then they know which call they are in, its descriptor and arguments.
    /// </summary>
    public static bool KnowsCalls => s_knowsCalls.Value;

    /// <summary>Loads the programs that the rules need and attaches them to the group. They are gone when this is disposed, or when the process ends in whatever way.</summary>
    /// <exception cref="FalterException">The kernel lacks a feature, a privilege or libbpf is missing.</exception>
    public static CgroupPrograms Attach(ControlGroup group, IReadOnlyList<SyscallFault> rules, ulong seed, bool log)
    {
        string[] hooks = [.. rules.SelectMany(r => r.Syscalls).SelectMany(c => s_hooks[c.Name]).Distinct()];
        BpfObject loaded = Load(hooks, new RuleConfig { Seed = seed, Log = log ? 1u : 0, ExactCalls = KnowsCalls ? 1u : 0 });
        CgroupPrograms? programs = null;
        try
        {
            programs = new CgroupPrograms(loaded, rules);
            using Descriptor folder = new(Libc.Checked(Libc.open(group.Folder, Libc.O_RDONLY | Libc.O_CLOEXEC, 0), $"open({group.Folder})"));
            foreach (string hook in hooks) programs.Own(loaded.AttachToGroup(hook, folder.Number));
            return programs;
        }
        catch
        {
            programs?.Dispose();
            loaded.Dispose();
            throw;
        }
    }

    private static BpfObject Load(string[] hooks, RuleConfig configuration)
    {
        BpfObject programs = BpfObject.Open(Resource);
        try
        {
            programs.Configure(configuration);
            programs.Select(hooks);
            programs.Load();
            return programs;
        }
        catch
        {
            programs.Dispose();
            throw;
        }
    }

    private static bool TryExactCalls()
    {
        try
        {
            Load(s_connect, new RuleConfig { ExactCalls = 1 }).Dispose();
            return true;
        }
        catch (Exception e) when (e is LinuxException or FalterException)
        {
            return false;
        }
    }
}
