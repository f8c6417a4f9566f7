using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Falter.Inject;
using Falter.Linux.Cgroup;
using Falter.Linux.Ebpf;
using Falter.Linux.Features;
using Falter.Linux.Tests.Cgroup;
using Falter.Records;

namespace Falter.Linux.Tests.Inject;

/// <summary>Socket calls of a control group of the test's own; every socket is on loopback.</summary>
public sealed class CgroupBpfInjectorTests
{
    private const int EIO = 5, ENETDOWN = 100;

    [Theory]
    [InlineData("connect", "connect")]
    [InlineData("connect6", "connect")]
    [InlineData("associate", "connect")]
    [InlineData("bind", "bind")]
    [InlineData("bind6", "bind")]
    [InlineData("sendto", "sendto")]
    [InlineData("sendto6", "sendto")]
    [InlineData("sendmsg", "sendmsg")]
    [InlineData("sendmmsg", "sendmmsg")]
    [InlineData("setsockopt", "setsockopt")]
    [InlineData("getsockopt", "getsockopt")]
    public void Exactly_the_injected_errno_arrives(string what, string call)
    {
        foreach (int errno in new[] { EIO, ENETDOWN, 4095 })
        {
            SyscallFault rule = Rule(call, errno);
            Outcome outcome = Run([CgroupPrograms.KnowsCalls ? rule : rule with { Syscalls = Sends(call) }], what, 50, 9);
            Assert.Equal(new Dictionary<int, long> { [errno] = 50 }, outcome.Ends);
            Assert.Equal([new InjectionCounts(50, 50)], outcome.Counts);
        }
    }

    [Fact]
    public void A_socket_is_refused_before_there_is_one()
    {
        // The two sockets that the program makes for itself are UDP's.
        Outcome outcome = Run([Rule("socket", EIO) with { Condition = new CallCondition { When = new CallNumbers(3, null, 1) } }], "socket", 20, 9);
        Assert.Equal(new Dictionary<int, long> { [EIO] = 20 }, outcome.Ends);
        Assert.Equal([new InjectionCounts(22, 20)], outcome.Counts);
        Assert.Equal(2, outcome.Skipped[0][SkipReason.When]);
    }

    [Fact]
    public void No_connection_reaches_the_listener_when_connect_fails()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start(1000);
        Outcome outcome = Run([Rule("connect", 110, rate: 0.5)], "connect", 200, PortOf(listener.LocalEndpoint));
        long accepted = 0;
        // A connection is in the queue before connect returns.
        for (; listener.Pending(); accepted++) listener.AcceptSocket().Dispose();
        Assert.Equal(outcome.Ends[0], accepted);
        Assert.Equal(200 - accepted, outcome.Ends[110]);
        Assert.InRange(accepted, 50, 150);
    }

    [Fact]
    public void No_datagram_is_sent_when_sendto_fails()
    {
        using var receiver = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        receiver.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        receiver.ReceiveBufferSize = 1 << 20;
        Outcome outcome = Run([Rule("sendto", EIO, rate: 0.5) with { Syscalls = Sends("sendto") }], "sendto", 100, PortOf(receiver.LocalEndPoint!));
        long received = 0;
        for (byte[] buffer = new byte[8]; receiver.Available > 0; received++) receiver.Receive(buffer);
        Assert.Equal(outcome.Ends[0], received);
        Assert.Equal(100 - received, outcome.Ends[EIO]);
    }

    [Fact]
    public void The_kernel_has_answered_getsockopt_when_it_fails()
    {
        Outcome outcome = Run([Rule("getsockopt", EIO)], "getsockopt", 5, 9);
        Assert.Contains($"answer {(int)SocketType.Stream}", outcome.Output);
        Assert.Equal(5, outcome.Ends[EIO]);
    }

    [Theory]
    [InlineData(0.001)]
    [InlineData(0.05)]
    [InlineData(0.5)]
    public void The_rate_is_unbiased_and_the_lots_are_those_of_the_other_mechanisms(double rate)
    {
        const int calls = 20_000;
        const ulong seed = 20_261_121;
        Outcome outcome = Run([Rule("connect", EIO, rate)], "associate", calls, 9, seed);
        long failed = outcome.Ends[EIO];
        Assert.InRange(failed - calls * rate, -3.29 * Math.Sqrt(calls * rate * (1 - rate)), 3.29 * Math.Sqrt(calls * rate * (1 - rate)));
        Assert.Equal(Enumerable.Range(0, calls).Count(i => Decision.Fails(seed, 0, 0, i, rate)), failed);
        Assert.Equal([new InjectionCounts(calls, failed)], outcome.Counts);
        Assert.Equal(calls - failed, outcome.Skipped[0][SkipReason.Rate]);
    }

    [Fact]
    public void A_burst_moves_as_in_the_other_mechanisms()
    {
        var condition = new CallCondition { Rate = 0.2, Burst = 10 };
        Outcome outcome = Run([Rule("connect", EIO) with { Condition = condition }], "associate", 5000, 9, 7);
        bool? acted = null;
        int expected = 0;
        for (int i = 0; i < 5000; i++)
        {
            acted = Decision.NextInBurst(acted, Decision.Lot(7, 0, 0, i), condition.Rate, condition.Burst.Value);
            if (acted.Value) expected++;
        }
        Assert.Equal(expected, outcome.Ends[EIO]);
    }

    [Fact]
    public void Count_when_and_time_hold()
    {
        Outcome counted = Run([Rule("connect", EIO) with { Condition = new CallCondition { Count = 7 } }], "associate", 100, 9);
        Assert.Equal([(7L, 93L)], new[] { (counted.Ends[EIO], counted.Skipped[0][SkipReason.Count]) });
        Outcome numbered = Run([Rule("connect", EIO) with { Condition = new CallCondition { When = new CallNumbers(3, 20, 4) } }], "associate", 100, 9);
        Assert.Equal([(5L, 95L)], new[] { (numbered.Ends[EIO], numbered.Skipped[0][SkipReason.When]) });
        Outcome early = Run([Rule("connect", EIO) with { After = TimeSpan.FromHours(1) }], "associate", 100, 9);
        Assert.Equal([(100L, 100L)], new[] { (early.Ends[0], early.Skipped[0][SkipReason.Time]) });
    }

    [Theory]
    [InlineData("127.0.0.0/8", null, "associate", true)]
    [InlineData("127.0.0.2/32", null, "associate", false)]
    [InlineData("::1/128", null, "connect6", true)]
    [InlineData("::/0", null, "associate", false)]
    [InlineData("0.0.0.0/0", null, "connect6", false)]
    [InlineData("127.0.0.1/32", 9, "sendto", true)]
    [InlineData("127.0.0.1/32", 10, "sendto", false)]
    [InlineData(null, 9, "associate", true)]
    public void A_peer_is_decided_in_the_kernel(string? network, int? port, string what, bool matches)
    {
        var peer = new PeerPattern(network is null ? null : IPNetwork.Parse(network), port is { } p ? new PortRange(p, p) : null, null);
        SyscallFault rule = Rule("connect", EIO) with { Where = new CallPredicates { Peers = [peer] }, Syscalls = [Syscall.Named("connect"), .. Sends("sendto")] };
        Outcome outcome = Run([rule], what, 10, 9);
        Assert.Equal(matches ? 10 : 0, outcome.Ends.GetValueOrDefault(EIO));
        Assert.Equal([new InjectionCounts(matches ? 10 : 0, matches ? 10 : 0)], outcome.Counts);
        Assert.Equal(matches ? 0 : 10, outcome.Skipped[0].GetValueOrDefault(SkipReason.Peer));
    }

    [Theory]
    [InlineData("bind", 40_000, true)]
    [InlineData("bind", 40_001, false)]
    [InlineData("associate", 40_000, true)]
    [InlineData("associate", 1, false)]
    public void A_port_is_decided_in_the_kernel(string what, int port, bool matches)
    {
        SyscallFault rule = Rule("connect", EIO) with { Where = new CallPredicates { Ports = [new PortRange(port, port)] }, Syscalls = [Syscall.Named("connect"), Syscall.Named("bind")] };
        Outcome outcome = Run([rule], what, 10, 40_000);
        Assert.Equal(matches ? 10 : 0, outcome.Ends.GetValueOrDefault(EIO));
        Assert.Equal(matches ? 0 : 10, outcome.Skipped[0].GetValueOrDefault(SkipReason.Port));
    }

    [Fact]
    public void The_first_rule_that_acts_wins()
    {
        SyscallFault elsewhere = Rule("connect", 4095) with { Where = new CallPredicates { Peers = [new PeerPattern(IPNetwork.Parse("10.0.0.0/8"), null, null)] } };
        Outcome outcome = Run([elsewhere, Rule("connect", EIO) with { Condition = new CallCondition { Count = 3 } }, Rule("connect", ENETDOWN)], "associate", 10, 9);
        Assert.Equal([3L, 7L], new[] { outcome.Ends[EIO], outcome.Ends[ENETDOWN] });
        Assert.Equal([new InjectionCounts(0, 0), new InjectionCounts(10, 3), new InjectionCounts(10, 7)], outcome.Counts);
        Assert.Equal((10, 7, 3), (outcome.Skipped[0][SkipReason.Peer], outcome.Skipped[1][SkipReason.Count], outcome.Skipped[2][SkipReason.Earlier]));
    }

    [Fact]
    public void Several_rules_share_a_call_as_in_all_mechanisms()
    {
        IReadOnlyList<SyscallFault> rules = SharedCall.Rules("connect", FaultPhase.Before);
        var log = new List<InjectedCall>();
        Outcome outcome = Run(rules, "associate", SharedCall.Calls, 9, SharedCall.Seed, new ArmedOptions { Log = log.Add });
        SharedCall.Expected(rules).AssertSame(log, outcome.Counts, outcome.Skipped);
    }

    [Fact]
    public void Sends_are_told_apart_and_arguments_seen_where_the_kernel_shows_registers()
    {
        if (!CgroupPrograms.KnowsCalls) Assert.Skip("this kernel does not show registers to programs of control groups");
        Outcome outcome = Run([Rule("sendmsg", EIO)], "mixed", 100, 9);
        Assert.Equal([50L, 50L], new[] { outcome.Ends[EIO], outcome.Ends[0] });
        // SO_KEEPALIVE is 9, SO_TYPE 3 (include/uapi/asm-generic/socket.h).
        SyscallFault option = Rule("setsockopt", EIO) with { Where = new CallPredicates { Arguments = [new ArgumentPredicate(2, Comparison.Equal, 3)] } };
        Outcome other = Run([option], "setsockopt", 10, 9);
        Assert.Equal(10, other.Skipped[0][SkipReason.Argument]);
    }

    [Fact]
    public void Injected_calls_are_logged_and_told_by_process()
    {
        var log = new List<InjectedCall>();
        Outcome outcome = Run([Rule("connect", EIO, rate: 0.5)], "associate", 200, 9, 5, new ArmedOptions { Log = log.Add });
        Assert.Equal(outcome.Ends[EIO], log.Count);
        Assert.All(log, c => Assert.Equal(("sockets", "connect", "127.0.0.1:9", outcome.Pid), (c.Process, c.Syscall.Name, c.Peer, c.Pid)));
        Assert.Equal(Enumerable.Range(0, 200).Where(i => Decision.Fails(5, 0, 0, i, 0.5)), log.Select(c => (int)c.Call));
    }

    [Fact]
    public void Other_groups_are_not_touched_and_disarming_ends_it()
    {
        RequireFeature();
        using TemporaryGroup group = TemporaryGroup.Make(ControlGroupHierarchy.Unified);
        using var injector = CgroupBpfInjector.Attach(group.Group);
        Assert.True(injector.TargetGone);
        injector.Arm([Rule("connect", EIO)], 1);
        Assert.Equal([0], Started("associate", 10, 9).Ends.Keys);
        Assert.Equal([EIO], Started("associate", 10, 9, group).Ends.Keys);
        injector.Disarm();
        Assert.Equal([0], Started("associate", 10, 9, group).Ends.Keys);
        Assert.Equal([new InjectionCounts(10, 10)], injector.Counts);
        injector.Arm([Rule("bind", EIO)], 1);
        Assert.Equal([new InjectionCounts(0, 0)], injector.Counts);
        Assert.Equal([EIO], Started("bind", 10, 9, group).Ends.Keys);
    }

    [Theory]
    [InlineData("read", FaultPhase.Before, "no hook")]
    [InlineData("connect", FaultPhase.After, "phase=before")]
    [InlineData("getsockopt", FaultPhase.Before, "phase=after")]
    public void What_no_hook_can_do_is_refused_with_the_nearest_alternative(string call, FaultPhase phase, string word)
    {
        string refusal = CgroupBpfInjector.RefusalOf(Rule(call, EIO) with { Phase = phase })!;
        Assert.Contains(word, refusal);
        Assert.Contains("ptrace", refusal);
    }

    [Fact]
    public void What_is_not_reached_is_said()
    {
        Assert.Contains("TCP", CgroupBpfInjector.WarningOf(Rule("sendto", EIO)));
        Assert.Contains("Unix", CgroupBpfInjector.WarningOf(Rule("connect", EIO)));
        Assert.Null(CgroupBpfInjector.WarningOf(Rule("setsockopt", EIO)));
        Assert.Contains("has no peer", CgroupBpfInjector.RefusalOf(Rule("bind", EIO) with { Where = new CallPredicates { Peers = [new PeerPattern(null, null, null)] } }));
        Assert.Contains("path=", CgroupBpfInjector.RefusalOf(Rule("connect", EIO) with { Where = new CallPredicates { Paths = [new Glob("/x")] } }));
    }

    [Fact]
    public void A_group_of_version_1_and_ones_own_are_refused()
    {
        var old = new ControlGroup("/x", "/nonexistent/x", ControlGroupHierarchy.Pids);
        Assert.Contains("version 1", Assert.Throws<FalterException>(() => CgroupBpfInjector.Attach(old)).Message);
        if (ControlGroup.OfProcess(Environment.ProcessId) is not { } own) return;
        Assert.Equal("target-refused", Assert.Single(Assert.Throws<FalterException>(() => CgroupBpfInjector.Attach(own)).Findings).Code);
    }

    [Fact]
    public void Nothing_is_left_when_the_owner_is_killed()
    {
        RequireFeature();
        using TemporaryGroup group = TemporaryGroup.Make(ControlGroupHierarchy.Unified);
        using TrialProgram owner = TrialProgram.Start("cgroup", group.Group.Folder, "connect:error=EIO");
        Assert.Equal([EIO], Started("associate", 10, 9, group).Ends.Keys);
        owner.Kill();
        // The kernel lets go of its links when the process's files are closed, before anybody can wait for it.
        Assert.Equal([0], Started("associate", 10, 9, group).Ends.Keys);
    }

    private static Outcome Run(IReadOnlyList<SyscallFault> rules, string what, int calls, int port, ulong seed = 1, ArmedOptions? options = null)
    {
        RequireFeature();
        using TemporaryGroup group = TemporaryGroup.Make(ControlGroupHierarchy.Unified);
        using var injector = CgroupBpfInjector.Attach(group.Group);
        injector.Arm(rules, seed, options);
        Outcome outcome = Started(what, calls, port, group);
        injector.Disarm();
        return outcome with { Counts = injector.Counts, Skipped = injector.Skipped };
    }

    private static Outcome Started(string what, int calls, int port, TemporaryGroup? group = null)
    {
        using VictimProgram program = VictimProgram.Start("sockets", what, calls, port);
        group?.Take(program.Pid);
        program.Go();
        string output = program.Output.ReadToEnd();
        Assert.Equal(0, program.WaitForExit());
        var ends = output.Split('\n').Select(l => l.Split(' ')).Where(w => w.Length == 2 && int.TryParse(w[0], out _))
            .ToDictionary(w => int.Parse(w[0], CultureInfo.InvariantCulture), w => long.Parse(w[1], CultureInfo.InvariantCulture));
        return new Outcome(program.Pid, ends, output, [], []);
    }

    private static void RequireFeature()
    {
        if (FeatureCatalogue.CgroupBpf.WhyNot() is { } why) Assert.Skip(why);
    }

    private static SyscallFault Rule(string call, int errno, double rate = 1) =>
        SyscallFault.Error([Syscall.Named(call)], new Errno((short)errno), rate) with { Phase = call == "getsockopt" ? FaultPhase.After : FaultPhase.Before };

    /// <summary>All three sends where the kernel cannot tell them apart.</summary>
    private static Syscall[] Sends(string call) =>
        call.StartsWith("send", StringComparison.Ordinal) ? [Syscall.Named("sendto"), Syscall.Named("sendmsg"), Syscall.Named("sendmmsg")] : [Syscall.Named(call)];

    private static int PortOf(EndPoint end) => ((IPEndPoint)end).Port;

    private sealed record Outcome(int Pid, IReadOnlyDictionary<int, long> Ends, string Output, IReadOnlyList<InjectionCounts> Counts, IReadOnlyList<IReadOnlyDictionary<SkipReason, long>> Skipped);
}
