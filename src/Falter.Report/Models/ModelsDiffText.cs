using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Falter.Model;
using Falter.Records;

namespace Falter.Report;

/// <summary>The differences of two windows' natural errors as table and as JSON.</summary>
public static class ModelsDiffText
{
    /// <summary>The table, without what stayed the same unless asked for.</summary>
    public static string Table(string first, string second, ErrorRateDiffOptions options, IReadOnlyList<ErrorRateDifference> differences, bool all)
    {
        int significant = differences.Count(d => d.Significant);
        ErrorRateDifference[] shown = [.. differences.Where(d => all || d.Change != ErrorRateChange.Same)];
        string head = string.Create(CultureInfo.InvariantCulture,
            $"A: {first}\nB: {second}\n{differences.Count} natural errors compared, {significant} changed significantly (level {Shares.Format(options.Level)}, at least by factor {options.Threshold})\n");
        if (shown.Length == 0) return head;
        var columns = new List<(string Title, bool Right, Func<ErrorRateDifference, string> Text)>();
        if (shown.Any(d => d.Process.Length > 0)) columns.Add(("PROCESS", false, d => d.Process));
        columns.AddRange([("SYSCALL:ERRNO", false, d => $"{d.Syscall}:{d.Errno}"), ("CHANGE", false, d => Words.Of(d.Change)), ("A", true, d => Count(d.First)), ("RATE", true, d => Rate(d.First)),
            ("95 % INTERVAL", true, d => Interval(d.First)), ("B", true, d => Count(d.Second)), ("RATE", true, d => Rate(d.Second)), ("95 % INTERVAL", true, d => Interval(d.Second)), ("P", true, d => P(d.P)),
            ("", false, d => d.Significant ? "significant" : d.P is null ? "not comparable: no such call on one side" : d.P < options.Level ? "below the threshold" : "can be chance")]);
        return head + ModelsTable.Aligned(columns, shown);
    }

    /// <summary>All differences as one document.</summary>
    public static string Json(string first, string second, ErrorRateDiffOptions options, IReadOnlyList<ErrorRateDifference> differences) =>
        JsonSerializer.Serialize(new DiffDocument(first, second, options.Level, options.Threshold, differences.Count(d => d.Significant), [.. differences.Select(DiffEntry.Of)]), s_format.DiffDocument);

    private static string Count(ErrorCount c) => $"{c.Failures.ToString(CultureInfo.InvariantCulture)}/{c.Invocations.ToString(CultureInfo.InvariantCulture)}";

    private static string Rate(ErrorCount c) => c.Invocations == 0 ? "-" : Shares.Format(c.Rate);

    private static string Interval(ErrorCount c) => c.Invocations == 0 ? "-" : $"{Shares.Format(c.Interval.Low)} to {Shares.Format(c.Interval.High)}";

    private static string P(double? p) => p is not { } value ? "-" : value < 1e-12 ? "<1e-12" : value.ToString("G2", CultureInfo.InvariantCulture);

    private static readonly DiffFormatContext s_format =
        new(new JsonSerializerOptions(DiffFormatContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true });
}

internal sealed record DiffDocument(string A, string B, double Level, double Threshold, int Significant, IReadOnlyList<DiffEntry> Differences);

internal sealed record DiffEntry(string Process, Syscall Syscall, Errno Errno, ErrorRateChange Change, bool Significant, double? P, DiffCount Before, DiffCount After)
{
    public static DiffEntry Of(ErrorRateDifference d) => new(d.Process, d.Syscall, d.Errno, d.Change, d.Significant, d.P, DiffCount.Of(d.First), DiffCount.Of(d.Second));
}

internal sealed record DiffCount(long Failures, long Invocations, double Rate, double RateLow, double RateHigh)
{
    public static DiffCount Of(ErrorCount c) => new(c.Failures, c.Invocations, c.Rate, c.Interval.Low, c.Interval.High);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(SyscallJsonConverter), typeof(ErrnoJsonConverter), typeof(WordJsonConverter<ErrorRateChange>)])]
[JsonSerializable(typeof(DiffDocument))]
internal sealed partial class DiffFormatContext : JsonSerializerContext;
