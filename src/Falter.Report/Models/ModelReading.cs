using Falter.Model;
using Falter.Records;

namespace Falter.Report;

/// <summary>One model of a models file.</summary>
internal static class ModelReading
{
    private static readonly string[] s_keys =
        ["process", "syscall", "errno", "class", "injected_rate", "injection_probability", "weak", "normal_outcome", "runtime_internal", "natural"];

    private static readonly string[] s_naturalKeys =
        ["failures", "invocations", "intervals", "rate_p5", "rate_mean", "rate_p95", "variance", "rate_weighted", "rate_low", "rate_high", "bursts"];

    // What rounding by hand may change; more means that one of two numbers was edited and the other forgotten.
    private const double Rounding = 1e-3;

    // Of a model that was written by hand and has no history.
    private static readonly NaturalError s_none = new() { Failures = 0, Invocations = 0, Intervals = 0, RateP5 = 0, RateMean = 0, RateP95 = 0, Variance = 0 };

    /// <summary>The model; null where something that cannot be done without is missing or wrong.</summary>
    public static ErrorModel? Read(StrictMap map, List<StrictMistake> mistakes)
    {
        var reading = new StrictReading(map, "a model", s_keys, mistakes);
        Syscall? syscall = Syscall(reading);
        Errno? errno = Errno(reading);
        double? rate = reading.Require("injected_rate", "0.05") ? reading.Share("injected_rate") : null;
        if (rate == 0) reading.Add(reading.Place("injected_rate"), "injected_rate: a model that fails no call does nothing; remove it");
        NaturalError natural = reading.Map("natural") is { } found ? Natural(new StrictReading(found, "natural", s_naturalKeys, mistakes), mistakes) : s_none;
        double? probability = reading.Share("injection_probability");
        if (rate is { } target && probability is { } p) RequireAgreement(reading, target, p, natural);
        string process = reading.Text("process") ?? "";
        ErrorModelClass kind = reading.Word<ErrorModelClass>("class") ?? ErrorModelClass.Steady;
        bool weak = reading.Truth("weak") ?? false;
        bool? runtime = reading.Truth("runtime_internal"), normal = reading.Truth("normal_outcome");
        if (syscall is null || errno is null || rate is null) return null;
        var model = new ErrorModel
        {
            Process = process,
            Syscall = syscall.Value,
            Errno = errno.Value,
            Class = kind,
            InjectedRate = rate.Value,
            InjectionProbability = probability,
            Weak = weak,
            RuntimeInternal = runtime,
            Natural = natural,
        };
        if (normal is { } told && told != model.NormalOutcome) reading.Add(reading.Place("normal_outcome"), $"normal_outcome: {model.Errno} is {(told ? "none" : "one")}; it follows from the errno and can be left out");
        return model;
    }

    private static void RequireAgreement(StrictReading reading, double target, double probability, NaturalError natural)
    {
        double follows = ErrorModelSynthesizer.Calibrated(target, natural.OverallRate());
        if (Math.Abs(follows - probability) <= Rounding * Math.Max(follows, probability) + 1e-9) return;
        reading.Add(reading.Place("injection_probability"),
            FormattableString.Invariant($"injection_probability: {probability:R} does not follow from injected_rate and the natural rate; write {follows:G6}, or remove the line so that the injected rate itself is drawn"));
    }

    private static Syscall? Syscall(StrictReading reading)
    {
        if (!reading.Require("syscall", "openat") || reading.Text("syscall") is not { } text) return null;
        if (Records.Syscall.TryParse(text, out Syscall syscall)) return syscall;
        reading.Add(reading.Place("syscall"), $"'{text}' is no system call{NearestNames.Hint(text, Records.Syscall.Names)}");
        return null;
    }

    private static Errno? Errno(StrictReading reading)
    {
        if (!reading.Require("errno", "ENOENT") || reading.Text("errno") is not { } text) return null;
        if (Records.Errno.TryParse(text, out Errno errno)) return errno;
        reading.Add(reading.Place("errno"), $"'{text}' is no errno{NearestNames.Hint(text, Records.Errno.Names)}");
        return null;
    }

    private static NaturalError Natural(StrictReading reading, List<StrictMistake> mistakes)
    {
        long failures = reading.Require("failures", "12") ? reading.Whole("failures") ?? 0 : 0, invocations = reading.Require("invocations", "340") ? reading.Whole("invocations") ?? 0 : 0;
        if (failures > invocations) reading.Add(reading.Place("failures"), $"failures: {failures} of {invocations} invocations is more than all");
        double? p5 = reading.Share("rate_p5"), p95 = reading.Share("rate_p95");
        if (p5 > p95) reading.Add(reading.Place("rate_p5"), "rate_p5 is above rate_p95");
        return new NaturalError
        {
            Failures = failures,
            Invocations = invocations,
            Intervals = (int)Math.Min(reading.Whole("intervals") ?? 0, int.MaxValue),
            RateP5 = p5 ?? 0,
            RateMean = reading.Share("rate_mean") ?? 0,
            RateP95 = p95 ?? 0,
            Variance = reading.Share("variance") ?? 0,
            RateWeighted = reading.Share("rate_weighted"),
            RateLow = reading.Share("rate_low"),
            RateHigh = reading.Share("rate_high"),
            Bursts = reading.Map("bursts") is { } map ? Bursts(new StrictReading(map, "bursts", ["runs", "mean_length", "mean_spacing"], mistakes)) : null,
        };
    }

    private static ErrorBursts? Bursts(StrictReading reading)
    {
        bool whole = reading.Require("runs", "10") & reading.Require("mean_length", "1.5") & reading.Require("mean_spacing", "90");
        long? runs = reading.Whole("runs");
        double? length = reading.Number("mean_length", 1), spacing = reading.Number("mean_spacing", 0);
        return whole && runs is { } r && length is { } l && spacing is { } s ? new ErrorBursts { Runs = r, MeanLength = l, MeanSpacing = s } : null;
    }
}
