using System.Globalization;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Falter.Model;
using Falter.Records;

namespace Falter.Tests.Model;

public class ErrorModelTests
{
    [Fact]
    public void Phoebes_published_observation_gives_phoebes_published_models()
    {
        string? folder = Golden("phoebe-hedwig");
        if (folder is null) Assert.Skip("the published data set is not beside this checkout");
        using JsonDocument observed = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "query_results.json")));
        using JsonDocument published = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "fi_experiments_config.json")));
        Dictionary<string, ErrorModel> models = observed.RootElement.EnumerateArray()
            .Where(e => e.GetProperty("error_code").GetString() is not "SUCCESS" && Syscall.TryParse(e.GetProperty("syscall_name").GetString(), out _))
            .Where(e => Errno.TryParse(e.GetProperty("error_code").GetString(), out _) && !e.GetProperty("error_code").GetString()!.StartsWith('-'))
            .Select(OfPhoebe).ToDictionary(m => m.Name);
        JsonElement[] experiments = [.. published.RootElement.GetProperty("experiments").EnumerateArray()];
        Assert.NotEmpty(experiments);
        Assert.Equal(experiments.Select(NameOf).Order(), models.Keys.Order());
        Assert.All(experiments, e =>
        {
            ErrorModel model = models[NameOf(e)];
            Assert.Equal(e.GetProperty("failure_rate").GetDouble(), model.InjectedRate, 9);
            Assert.Equal(e.GetProperty("original_min_rate").GetDouble(), model.Natural.RateP5, 9);
            Assert.Equal(e.GetProperty("original_mean_rate").GetDouble(), model.Natural.RateMean, 9);
            Assert.Equal(e.GetProperty("original_max_rate").GetDouble(), model.Natural.RateP95, 9);
        });
    }

    [Theory]
    [InlineData(ErrorModelClass.Sporadic, 0.05, 0.01, 0.02, 0.04)]
    [InlineData(ErrorModelClass.Fluctuating, 0.5, 0.01, 0.5, 0.5)]
    [InlineData(ErrorModelClass.Steady, 0.24, 0.2, 0.2, 0.2)]
    [InlineData(ErrorModelClass.Steady, 1, 0.9, 0.95, 0.95)]
    public void The_class_decides_the_injected_rate(ErrorModelClass expected, double rate, params double[] rates)
    {
        // The outer percentiles are taken from a sample that is long enough for them to be its ends.
        IEnumerable<double> sample = Enumerable.Repeat(rates[0], 10).Concat(Enumerable.Repeat(rates[1], 60)).Concat(Enumerable.Repeat(rates[2], 30));
        ErrorModel model = ErrorModelSynthesizer.Model(Syscall.Named("read"), Errno.EAGAIN, 500, 5000, sample, new ErrorModelOptions());
        Assert.Equal(expected, model.Class);
        Assert.Equal(rate, model.InjectedRate, 9);
    }

    [Fact]
    public void Rates_are_taken_per_interval_over_all_processes_and_only_where_the_error_occurred()
    {
        IntervalSample[] samples =
        [
            Interval(Row("web", "openat", 0, 6), Row("worker", "openat", 0, 2), Row("web", "openat", 2, 2)),
            Interval(Row("web", "openat", 0, 100)),
            Interval(Row("web", "openat", 0, 5), Row("worker", "openat", 2, 5)),
        ];
        ErrorModel model = Assert.Single(ErrorModelSynthesizer.Synthesize(samples, new ErrorModelOptions()));
        Assert.Equal("openat:ENOENT", model.Name);
        Assert.Equal(2, model.Natural.Intervals);
        Assert.Equal(7, model.Natural.Failures);
        Assert.Equal(120, model.Natural.Invocations);
        Assert.Equal((0.2 + 0.5) / 2, model.Natural.RateMean, 12);
        Assert.True(model.Weak);
    }

    [Fact]
    public void Injected_and_interrupted_calls_are_no_natural_errors()
    {
        IntervalSample[] samples =
        [
            Interval(Row("web", "read", 0, 10), Row("web", "read", 5, 10) with { Injected = true }, Row("web", "read", 512, 3), Row("web", "futex", 516, 4)),
        ];
        Assert.Empty(ErrorModelSynthesizer.Synthesize(samples, new ErrorModelOptions()));
    }

    [Fact]
    public void An_injected_rate_is_never_below_the_floor_nor_above_one_nor_below_nature() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(1, 10_000).NonEmptyListOf().ToArbitrary(),
        thousandths =>
        {
            double[] rates = [.. thousandths.Select(t => t / 10_000.0)];
            ErrorModel model = ErrorModelSynthesizer.Model(Syscall.Named("read"), Errno.EAGAIN, 10, 100, rates, new ErrorModelOptions());
            return model.InjectedRate is >= 0.05 and <= 1 && model.InjectedRate >= model.Natural.RateP95 - 1e-12;
        }));

    private static ErrorModel OfPhoebe(JsonElement entry)
    {
        Assert.True(Syscall.TryParse(entry.GetProperty("syscall_name").GetString(), out Syscall syscall));
        Assert.True(Errno.TryParse(entry.GetProperty("error_code").GetString(), out Errno errno));
        IEnumerable<double> rates = entry.GetProperty("data_points").EnumerateArray().Select(p => double.Parse(p[1].GetString()!, CultureInfo.InvariantCulture));
        return ErrorModelSynthesizer.Model(syscall, errno, entry.GetProperty("samples_in_total").GetInt64(), entry.GetProperty("invocations_in_total").GetInt64(), rates, new ErrorModelOptions());
    }

    private static string NameOf(JsonElement experiment) => $"{experiment.GetProperty("syscall_name").GetString()}:{experiment.GetProperty("error_code").GetString()!.TrimStart('-')}";

    private static IntervalSample Interval(params SyscallRow[] rows) => new() { Time = DateTimeOffset.UnixEpoch, IntervalSeconds = 1, Rows = rows };

    private static SyscallRow Row(string process, string syscall, short code, long count) =>
        new() { Process = process, Syscall = Syscall.Named(syscall), Outcome = new Falter.Records.Outcome(code), Count = count, TotalNs = count * 100 };

    private static string? Golden(string name)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "shared", "golden", name);
            if (Directory.Exists(path)) return path;
        }
        return null;
    }
}
