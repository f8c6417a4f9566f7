using FsCheck;
using FsCheck.Fluent;
using Falter.Model;
using Falter.Records;

namespace Falter.Tests.Model;

public class ErrnoReactionsTests
{
    private static readonly Errno s_emfile = Parsed("EMFILE"), s_eio = Parsed("EIO");

    [Theory]
    [InlineData("2026-11-21 20:05:01.123 [error] 31#31: *7 accept4() failed (24: Too many open files)", "2026-11-21 20:05:02.987 [error] 31#31: *8125 accept4() failed (24: Too many open files)")]
    [InlineData("Nov 21 20:05:01 host app[123]: read of 0x7f3a12 failed", "Nov  2 03:00:59 host app[77]: read of 0x1 failed")]
    [InlineData("peer 10.0.0.1:4242 closed", "peer 192.168.7.9:80 closed")]
    [InlineData("request 6f1ed002-ab55-4f6b-8e2c-1c0a2d3b4f5a failed in 12.5ms", "request 0a1ed002-ab55-4f6b-8e2c-1c0a2d3b4fff failed in 3ms")]
    [InlineData("no user 'u1234'", "no user 'u77'")]
    [InlineData("\x1b[31mlost\x1b[0m 3 of 4", "lost 99 of 100")]
    public void Lines_that_say_the_same_have_one_template(string one, string other) => Assert.Equal(LogTemplate.Of(one), LogTemplate.Of(other));

    [Fact]
    public void Lines_that_say_different_things_keep_different_templates()
    {
        Assert.NotEqual(LogTemplate.Of("accept failed (24)"), LogTemplate.Of("connect failed (24)"));
        Assert.NotEqual(LogTemplate.Of("no user 'anna'"), LogTemplate.Of("no user 'bert'"));
        Assert.Equal("# [error] #: *# accept4() failed (#: Too many open files)", LogTemplate.Of("2026-11-21 20:05:01 [error] 31#31: *7 accept4() failed (24: Too many open files)"));
    }

    [Fact]
    public void Any_line_has_a_template_which_is_its_own() => Check.QuickThrowOnFailure(Prop.ForAll(
        ArbMap.Default.ArbFor<string>(), text =>
        {
            string once = LogTemplate.Of(text ?? "");
            return once.Length <= 161 && (once.EndsWith('…') || LogTemplate.Of(once) == once) && (ExceptionNames.In(text ?? "") ?? "x").Length > 0;
        }));

    [Theory]
    [InlineData("Unhandled exception. System.IO.IOException: Too many open files", "System.IO.IOException")]
    [InlineData("   ---> System.Net.Sockets.SocketException (24): Too many open files", "System.Net.Sockets.SocketException")]
    [InlineData("Caused by: java.net.SocketException: Connection reset", "java.net.SocketException")]
    [InlineData("Exception in thread \"main\" java.lang.OutOfMemoryError: unable to create native thread", "java.lang.OutOfMemoryError")]
    [InlineData("OSError: [Errno 24] Too many open files: 'x'", "OSError")]
    [InlineData("ConnectionResetError", "ConnectionResetError")]
    [InlineData("panic: runtime error: index out of range [5] with length 3", "panic: runtime error: index out of range [#] with length #")]
    [InlineData("Error: it failed", null)]
    [InlineData("handled IOException somewhere", null)]
    [InlineData("reading /usr/lib/IOError: fine", null)]
    public void Exceptions_are_known_by_name(string line, string? name) => Assert.Equal(name, ExceptionNames.In(line));

    [Fact]
    public void A_line_that_comes_with_the_errno_is_a_reaction_and_one_that_comes_always_is_none()
    {
        TurnObservation seen = Turn(s_emfile,
            [.. Lines(RunPhase.Baseline, 20, i => $"GET /{i} 200")],
            [.. Lines(RunPhase.Inject, 20, i => $"GET /{i} 200"), .. Lines(RunPhase.Inject, 15, i => $"worker {i} gives up")]);
        ErrnoReaction only = Assert.Single(ErrnoReactions.Of(seen), r => r.Kind == "log");
        Assert.Equal(("worker # gives up", 15L, 0L, s_emfile), (only.What, only.Count, only.BaselineCount, only.Errno));
    }

    [Fact]
    public void One_line_proves_nothing_unless_it_names_the_errno()
    {
        Assert.Empty(ErrnoReactions.Of(Turn(s_emfile, [], [.. Lines(RunPhase.Inject, 1, _ => "something else")])));
        ErrnoReaction named = Assert.Single(ErrnoReactions.Of(Turn(s_emfile, [], [.. Lines(RunPhase.Inject, 1, _ => "accept: Too many open files")])));
        Assert.Equal("accept: Too many open files", named.What);
        Assert.Empty(ErrnoReactions.Of(Turn(s_emfile, [], [.. Lines(RunPhase.Inject, 1, _ => "accept: Too many open files in system")])));
    }

    [Fact]
    public void Many_lines_of_one_moment_are_one_cause()
    {
        LogLine[] stack = [.. Enumerable.Range(0, 40).Select(i => new LogLine(25 + i * 0.001, "web", "at frame", RunPhase.Inject))];
        Assert.Empty(ErrnoReactions.Of(Turn(s_emfile, [], stack)));
    }

    [Fact]
    public void Two_errnos_get_the_lines_that_name_them()
    {
        TurnObservation seen = Turn(s_emfile, [], [.. Lines(RunPhase.Inject, 12, _ => "write: Input/output error"), .. Lines(RunPhase.Inject, 12, _ => "accept: EMFILE")]);
        seen = seen with { Plan = seen.Plan with { Faults = [.. seen.Plan.Faults, new RoleFault(null, SyscallFault.Error([Syscall.Named("write")], s_eio, 0.1))] } };
        Assert.Equal([("EIO", "write: Input/output error"), ("EMFILE", "accept: EMFILE")], ErrnoReactions.Of(seen).Select(r => (r.Errno.Name, r.What)).Order());
    }

    [Fact]
    public void Statuses_outcomes_and_ends_of_processes_are_reactions_too()
    {
        RequestSample[] usual = [.. Enumerable.Range(0, 200).Select(i => new RequestSample(10 + i * 0.04, "/", "200", 2, 0, RunPhase.Baseline))];
        RequestSample[] failing = [.. Enumerable.Range(0, 200).Select(i => new RequestSample(20 + i * 0.04, "/", i % 5 == 0 ? "503" : i % 7 == 0 ? "reset" : "200", 2, 0, RunPhase.Inject))];
        TurnObservation seen = Turn(s_emfile, [], []);
        seen = seen with { Baseline = seen.Baseline with { Requests = usual }, Inject = seen.Inject with { Requests = failing }, Death = new ProcessDeath(27, "web", "exit code 3") };
        IReadOnlyList<ErrnoReaction> reactions = ErrnoReactions.Of(seen);
        Assert.Contains(reactions, r => r is { Kind: "http-status", What: "503", Count: 40, BaselineCount: 0 });
        Assert.Contains(reactions, r => r is { Kind: "outcome", What: "reset" });
        Assert.Contains(reactions, r => r is { Kind: "exit-code", What: "exit code 3", Count: 1 });
        Assert.DoesNotContain(reactions, r => r.What == "200");
    }

    [Fact]
    public void Rates_are_compared_exactly()
    {
        // Nine events, all in the second of two equal periods: (1/2)^9.
        Assert.Equal(1 / 512.0, Rates.Greater(0, 10, 9, 10), 12);
        Assert.Equal(1, Rates.Greater(3, 10, 0, 10));
        Assert.Equal(1, Rates.Greater(3, 0, 5, 10));
    }

    private static IEnumerable<LogLine> Lines(RunPhase phase, int count, Func<int, string> text) => Enumerable.Range(0, count).Select(i => new LogLine((int)phase * 10 - 10 + i * 0.4, "web", text(i), phase));

    private static TurnObservation Turn(Errno errno, LogLine[] before, LogLine[] now)
    {
        PhaseObservation Phase(double start, LogLine[] log) => new([.. Enumerable.Range(0, 45).Select(i => new CheckSample(start + i * 0.2, "GET /", true, true, 2, "ok", RunPhase.Inject))], []) { Log = log };
        return new TurnObservation
        {
            Plan = new FaultPlan { Number = 0, Name = "p", Origin = PlanOrigin.Written, Faults = [new RoleFault(null, SyscallFault.Error([Syscall.Named("accept4")], errno, 0.1))] },
            Counts = [new FaultCount("f", "m", 100, 10)],
            Baseline = Phase(10, before), Inject = Phase(20, now), Recover = PhaseObservation.Empty, Inspect = Phase(40, []),
        };
    }

    private static Errno Parsed(string name) => Errno.TryParse(name, out Errno errno) ? errno : throw new ArgumentException(name);
}
