using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Falter.Records;
using Falter.Report;

namespace Falter.Tests.House;

/// <summary>The pages say what the code does.</summary>
public partial class PagesTests
{
    public static TheoryData<string, string> Files => new()
    {
        { RunFolderFiles.Run, nameof(RunDescription) },
        { RunFolderFiles.Samples, nameof(IntervalSample) },
        { RunFolderFiles.Samples, nameof(SyscallRow) },
        { RunFolderFiles.Events, nameof(RunEvent) },
        { RunFolderFiles.Faults, nameof(FaultRecord) },
        { RunFolderFiles.Faults, nameof(InjectedCallRecord) },
        { RunFolderFiles.Checks, nameof(CheckSample) },
        { RunFolderFiles.Load, nameof(RequestSample) },
        { RunFolderFiles.Verdict, nameof(NaturalError) },
        { RunFolderFiles.Verdict, nameof(Finding) },
    };

    [GeneratedRegex(@"\]\((?!https?:|#)([^)#]+)(#[^)]*)?\)")]
    private static partial Regex Link();

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_field_of_a_run_folder_is_described(string file, string record)
    {
        string section = SectionOf(file);
        Type type = typeof(RunDescription).Assembly.GetType($"Falter.Records.{record}")!;
        JsonTypeInfo described = RecordsFormat.Line.GetTypeInfo(type)!;
        Assert.NotEmpty(described.Properties);
        Assert.All(described.Properties, p => Assert.Contains($"`{p.Name}`", section, StringComparison.Ordinal));
    }

    /// <summary>The document has a form of its own, so a whole one is written and its names are looked up.</summary>
    [Fact]
    public void Every_field_of_a_verdict_is_described()
    {
        var natural = new NaturalError { Failures = 1, Invocations = 2, Intervals = 1, RateP5 = 0.5, RateMean = 0.5, RateP95 = 0.5, Variance = 0 };
        Assert.True(Syscall.TryParse("openat", out Syscall openat));
        var model = new ErrorModel { Syscall = openat, Errno = Errno.ENOENT, Class = ErrorModelClass.Steady, InjectedRate = 0.5, Weak = false, Natural = natural };
        var verdict = new RunVerdict
        {
            Run = "r",
            Target = "t",
            Seed = 1,
            Plans =
            [
                new PlanVerdict
                {
                    Plan = new FaultPlan { Number = 0, Name = model.Name, Origin = PlanOrigin.Natural, Faults = [new RoleFault("web", SyscallFault.Error([openat], Errno.ENOENT, 0.5))], Models = [model] },
                    Turns =
                    [
                        new TurnVerdict
                        {
                            Turn = 0, Plan = 0, Repetition = 0, Seed = 1, BeginSeconds = 1, EndSeconds = 2, Verdict = Verdict.Resilient, Evidence = [new Evidence(1, "seen")],
                            Counts = [new FaultCount("openat:error=ENOENT", "ptrace", 2, 1, new Dictionary<string, long> { ["rate"] = 1 })],
                            Effects = [new MeasureEffect("requests unusual", "share", RunPhase.Inject, 10, 10, 0, 0.1, 0.1, 0, 0.2, 0.5, 1, false)],
                            DeviatedSeconds = 1, ReturnedSeconds = 2,
                            Log = [new LogExcerpt("web", 1, ["open failed"])],
                            Reactions = [new ErrnoReaction(Errno.ENOENT, "log", "open failed", 3, 0)],
                        },
                    ],
                    Threshold = new RateThreshold(0.12, 0.09, 0.16, 14, false),
                },
                new PlanVerdict { Plan = new FaultPlan { Number = 1, Name = "other", Origin = PlanOrigin.Written, Faults = [new RoleFault(null, SyscallFault.Error([openat], Errno.ENOENT))] }, Turns = [], NotRun = "stopped" },
            ],
            LostEvents = 0,
            Findings = [],
        };
        using var document = JsonDocument.Parse(VerdictJson.Write(verdict));
        string section = SectionOf(RunFolderFiles.Verdict);
        string[] names = [.. NamesIn(document.RootElement)];
        Assert.Contains("at_s", names);
        Assert.Contains("not-exercised", names);
        Assert.All(names, n => Assert.Contains($"`{n}`", section, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_file_of_a_run_folder_is_listed()
    {
        string page = File.ReadAllText(Repository.PathOf("docs/reference/run-folder.md"));
        string[] names = [RunFolderFiles.Run, RunFolderFiles.Samples, RunFolderFiles.Events, RunFolderFiles.Faults, RunFolderFiles.Checks, RunFolderFiles.Load,
            RunFolderFiles.Verdict, RunFolderFiles.Report, RunFolderFiles.TargetLog];
        Assert.All(names, n => Assert.Contains($"| `{n}` |", page, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_link_between_pages_leads_somewhere()
    {
        string[] pages = [.. Directory.GetFiles(Repository.Root, "*.md"), .. Repository.Files("docs", ".md").Select(Repository.PathOf)];
        string[] broken =
        [
            .. pages.SelectMany(p => Link().Matches(File.ReadAllText(p)).Select(m => (Page: p, Target: m.Groups[1].Value)))
                .Where(l => !Path.Exists(Path.Combine(Path.GetDirectoryName(l.Page)!, l.Target))).Select(l => $"{Path.GetRelativePath(Repository.Root, l.Page)} → {l.Target}"),
        ];
        Assert.Empty(broken);
    }

    [Fact]
    public void Decisions_are_numbered_without_gaps_and_have_their_four_parts()
    {
        string[] decisions = [.. Repository.Files("docs/decisions", ".md").Order(StringComparer.Ordinal)];
        Assert.Equal(Enumerable.Range(1, decisions.Length).Select(n => $"{n:000}"), decisions.Select(d => Path.GetFileName(d)[..3]));
        Assert.All(decisions, d => Assert.All(["## Context", "## Decision", "## Consequence", "## Alternatives"], part => Assert.Contains($"\n{part}\n", File.ReadAllText(Repository.PathOf(d)))));
    }

    [Fact]
    public void Every_exit_code_is_on_the_architecture_page()
    {
        string page = File.ReadAllText(Repository.PathOf("ARCHITECTURE.md"));
        Assert.All(Enum.GetValues<ExitCode>(), c => Assert.Matches($@"[:·] {(int)c} ", page));
    }

    private static string SectionOf(string file)
    {
        string page = File.ReadAllText(Repository.PathOf("docs/reference/run-folder.md"));
        return Assert.Single(page.Split("\n## "), s => s.StartsWith(file + "\n", StringComparison.Ordinal));
    }

    private static IEnumerable<string> NamesIn(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(p => NamesIn(p.Value).Prepend(p.Name)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(NamesIn),
        _ => [],
    };
}
