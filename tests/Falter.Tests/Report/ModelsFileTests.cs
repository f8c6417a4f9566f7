using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Falter.Model;
using Falter.Records;
using Falter.Report;

namespace Falter.Tests.Report;

public class ModelsFileTests
{
    private const string s_awkward = "abz #:'\"\\{}[]-?&*!|>%@\n\t\u00e9\u2028\u0085\u0001~";

    private const string Small = """
        version: 1
        models:
          - syscall: openat
            errno: ENOENT
            injected_rate: 5%
        """;

    [Fact]
    public void What_is_written_as_yaml_or_json_is_read_again() => Check.QuickThrowOnFailure(Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
    {
        ErrorModelSet set = Random(new Random(seed));
        RequireSame(set, ModelsFile.Parse(ModelsYaml.Write(set), "m.yaml"));
        RequireSame(set, ModelsFile.Parse(ModelsJson.Write(set), "m.json"));
    }));

    [Fact]
    public void Every_number_in_the_yaml_says_where_it_comes_from()
    {
        string yaml = ModelsYaml.Write(Set(Model("web", 12, 340, [0.1, 0.2, 0.3]), Model("db", 400, 400, [1, 1, 1])));
        Assert.Contains("  # web: 12 of 340 calls failed so by nature (3.53%, 95 % interval 2.03% to 6.07%), in 3 intervals.\n  # steady: p95 / p5 = 2.64; injected at p95 29% x 1.2, at most 1\n  - process: \"web\"\n", yaml);
        Assert.Contains("  floor: 0.05  # Phoebe's 0.05\n", yaml);
        Assert.Contains("rule: ratio\n", yaml);
    }

    [Fact]
    public void A_model_written_by_hand_needs_three_lines()
    {
        ErrorModel model = Assert.Single(ModelsFile.Parse(Small, "m.yaml").Models);
        Assert.Equal(("openat:ENOENT", 0.05, false), (model.Name, model.InjectedRate, model.Weak));
        Assert.Null(model.InjectionProbability);
    }

    [Theory]
    [InlineData("line 1, column 1: the file is empty", "")]
    [InlineData("line 1, column 1: expected version: 1 and models:", "just words")]
    [InlineData("line 1, column 1: a models file has no version", "models: []")]
    [InlineData("line 1, column 10: version 2; this version of Falter reads version 1", "version: 2\nmodels: []")]
    [InlineData("line 2, column 1: version is given twice, first in line 1", "version: 1\nversion: 1\nmodels: []")]
    [InlineData("line 2, column 1: 'modles' is no key of a models file; did you mean models?", "version: 1\nmodles: []")]
    [InlineData("line 2, column 9: models: expected a list", "version: 1\nmodels: 3")]
    [InlineData("line 2, column 10: models: expected a model with syscall", "version: 1\nmodels: [3]")]
    [InlineData("not readable as YAML or JSON", "version: 1\nmodels: [")]
    [InlineData("line 1, column 10: an anchor (&name) is not taken here", "version: &a 1\nmodels: []")]
    [InlineData("line 2, column 9: an alias (*name) is not taken here", "version: 1\nmodels: *a")]
    [InlineData("line 2, column 9: a tag (!name) is not taken here", "version: 1\nmodels: !x []")]
    [InlineData("line 4, column 1: a second document begins here", "version: 1\nmodels: []\n\n---\nversion: 1")]
    [InlineData("line 1, column 10: version: '1' is no whole number", "version: '1'\nmodels: []")]
    [InlineData("line 2, column 7: rule: 'raito' is not understood; expected ratio or variance", "version: 1\nrule: raito\nmodels: []")]
    public void A_mistake_is_told_with_line_and_column(string message, string yaml) =>
        Assert.Contains(Assert.Throws<FalterException>(() => ModelsFile.Parse(yaml, "m.yaml")).Findings, f => f.Code == "models-not-readable" && f.Message.StartsWith("m.yaml, line ", StringComparison.Ordinal) && f.Message.Contains(message, StringComparison.Ordinal));

    [Theory]
    [InlineData("line 5, column 20: injected_rate: a share of 5 is more than the whole; write 5% for 5 in a hundred", "5%", "5")]
    [InlineData("injected_rate: '.NaN' is no share", "5%", ".NaN")]
    [InlineData("injected_rate: a model that fails no call does nothing", "5%", "0")]
    [InlineData("'opena' is no system call; did you mean open, openat", "openat", "opena")]
    [InlineData("'ENOEN' is no errno; did you mean ENOENT", "ENOENT", "ENOEN")]
    [InlineData("a model has no errno; expected for example errno: ENOENT", "    errno: ENOENT\n", "")]
    [InlineData("weak: 'yes' is neither true nor false", "5%", "5%\n    weak: yes")]
    [InlineData("class: 'stable' is not understood; expected sporadic, fluctuating or steady", "5%", "5%\n    class: stable")]
    [InlineData("normal_outcome: ENOENT is none", "5%", "5%\n    normal_outcome: true")]
    [InlineData("failures: 9 of 3 invocations is more than all", "5%", "5%\n    natural: {failures: 9, invocations: 3}")]
    [InlineData("natural has no invocations", "5%", "5%\n    natural: {failures: 9}")]
    [InlineData("'rate_p6' is no key of natural; did you mean rate_p5", "5%", "5%\n    natural: {failures: 1, invocations: 9, rate_p6: 0.1}")]
    [InlineData("injection_probability: 0.05 does not follow from injected_rate and the natural rate; write 0.2", "5%", "60%\n    injection_probability: 0.05\n    natural: {failures: 5, invocations: 10}")]
    [InlineData("mean_length: '0.5' is no number from 1 on", "5%", "5%\n    natural: {failures: 5, invocations: 10, bursts: {runs: 1, mean_length: 0.5, mean_spacing: 3}}")]
    [InlineData("openat:ENOENT of the same process is given twice, first in line 3", "5%", "5%\n  - {syscall: openat, errno: ENOENT, injected_rate: 0.1}")]
    public void A_mistake_in_a_model_is_told(string message, string replaced, string by) =>
        Assert.Contains(Assert.Throws<FalterException>(() => ModelsFile.Parse(Small.Replace(replaced, by, StringComparison.Ordinal), "m.yaml")).Findings, f => f.Message.Contains(message, StringComparison.Ordinal));

    [Fact]
    public void All_mistakes_are_told_at_once_in_the_files_order()
    {
        FalterException e = Assert.Throws<FalterException>(() => ModelsFile.Parse("version: 1\nrule: x\nmodels:\n  - {syscall: openat, errno: NOPE, injected_rate: 7, weak: 3}\nbogus: 1\n", "m.yaml"));
        Assert.Equal(ExitCode.Usage, e.ExitCode);
        Assert.Equal(["line 2, column 7", "line 4, column 30", "line 4, column 51", "line 4, column 60", "line 5, column 1"], e.Findings.Select(f => f.Message.Split(": ")[0]["m.yaml, ".Length..]));
    }

    [Fact]
    public void A_missing_file_is_told() => Assert.Contains("no such file", Assert.Throws<FalterException>(() => ModelsFile.Read("/tmp/no/such/models.yaml")).Message);

    [Fact]
    public void Whatever_a_file_holds_it_is_read_or_refused()
    {
        string good = ModelsYaml.Write(Set(Model("web", 12, 340, [0.1, 0.2, 0.3]), Model("db", 400, 400, [1, 1, 1])));
        foreach (string text in (string[])[good[good.IndexOf("version", StringComparison.Ordinal)..], ModelsJson.Write(Set(Model("web", 12, 340, [0.1]))), Small])
        {
            Mutations.Each(Encoding.UTF8.GetBytes(text), 4000, seed: 5, bytes =>
            {
                try
                {
                    ErrorModelSet set = ModelsFile.Parse(Encoding.UTF8.GetString(bytes), "m.yaml");
                    Assert.All(set.Models, m => Assert.True(m.InjectedRate is > 0 and <= 1 && m.Natural.Failures <= m.Natural.Invocations));
                }
                catch (FalterException e)
                {
                    Assert.All(e.Findings, f => Assert.Equal("models-not-readable", f.Code));
                }
            });
        }
    }

    [Fact]
    public void The_table_names_its_rule_and_is_aligned()
    {
        string[] lines = ModelsTable.Render(Set(Model("web", 12, 340, [0.1, 0.2, 0.3]), Model("a-long-name", 400, 400, [1, 1, 1]))).TrimEnd('\n').Split('\n');
        Assert.Equal("rule ratio: p95 below 5% is sporadic, p95 / p5 above 10 fluctuating, else steady (x 1.2)", lines[1]);
        Assert.All(lines[3..], l => Assert.Equal(lines[2].IndexOf("SYSCALL:ERRNO", StringComparison.Ordinal), l.IndexOf("read:EAGAIN", StringComparison.Ordinal)));
        Assert.All(lines[3..], l => Assert.Contains("normal outcome", l));
    }

    private static void RequireSame(ErrorModelSet expected, ErrorModelSet actual)
    {
        Assert.Equal(expected.Models, actual.Models);
        Assert.Equal((expected.Source, expected.Intervals, expected.LeftOut, expected.Lost), (actual.Source, actual.Intervals, actual.LeftOut, actual.Lost));
        Assert.Equal((expected.Options.Rule, expected.Options.Floor, expected.Options.MinimumFailures), (actual.Options.Rule, actual.Options.Floor, actual.Options.MinimumFailures));
    }

    private static ErrorModelSet Random(Random random)
    {
        string Name() => string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => s_awkward[random.Next(s_awkward.Length)]));
        var options = new ErrorModelOptions
        {
            Rule = (ErrorModelRule)random.Next(2), Floor = random.NextDouble(), Calibrated = random.Next(2) == 0, Weighted = random.Next(2) == 0, Intervals = random.Next(2) == 0, MinimumFailures = random.Next(9),
        };
        IEnumerable<ErrorSeries> series = Enumerable.Range(0, random.Next(5)).Select(i => new ErrorSeries
        {
            Process = Name(),
            Syscall = Syscall.All.ElementAt(i * 7),
            Errno = new Errno((short)(random.Next(0, 2) == 0 ? 11 : random.Next(1, 134))),
            Failures = random.Next(1, 1000),
            Invocations = 1000 + random.Next(1000),
            Rates = [.. Enumerable.Range(0, random.Next(1, 9)).Select(_ => new IntervalRate(Math.Pow(random.NextDouble(), random.Next(1, 9)) * 0.999 + 1e-6, 0))],
            Runs = random.Next(3) * random.Next(50),
        });
        IReadOnlyList<ErrorModel> models = [.. series.Select(s => ErrorModelSynthesizer.Model(s, options) with { RuntimeInternal = random.Next(3) switch { 0 => true, 1 => false, _ => null } })];
        return new ErrorModelSet { Options = options, Source = Name(), Intervals = random.Next(), LeftOut = random.Next(9), Lost = random.NextInt64(1_000_000_000_000_000), Models = models };
    }

    private static ErrorModelSet Set(params ErrorModel[] models) => new() { Options = new ErrorModelOptions(), Source = "a recording", Intervals = 10, Models = models };

    private static ErrorModel Model(string process, long failures, long invocations, double[] rates) =>
        ErrorModelSynthesizer.Model(new ErrorSeries { Process = process, Syscall = Syscall.Named("read"), Errno = Errno.EAGAIN, Failures = failures, Invocations = invocations, Rates = [.. rates.Select(r => new IntervalRate(r, 0))] }, new ErrorModelOptions());
}
