using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Falter.Records;

namespace Falter.Cli;

/// <summary>One line of <c>falter monitor --format jsonl</c>; docs/reference/json-output.md describes the fields.</summary>
internal sealed record MonitorDocument(DateTimeOffset Time, double IntervalS, IReadOnlyList<MonitorDocumentRow> Rows, long Lost)
{
    private static readonly MonitorJson s_line = new(new JsonSerializerOptions(MonitorJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>The document of an interval.</summary>
    public static MonitorDocument Of(IntervalSample sample, IReadOnlyList<RatedRow> rows) => new(sample.Time, sample.IntervalSeconds, [.. rows.Select(MonitorDocumentRow.Of)], sample.Lost);

    /// <summary>The document as one line, without its end.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, s_line.MonitorDocument);
}

/// <summary>One row of a <see cref="MonitorDocument"/>. Times in microseconds; null where latency was not measured.</summary>
internal sealed record MonitorDocumentRow(string Process, Syscall Syscall, string Outcome, string? Errno, long Count, double Rate,
    double? AvgUs, double? P50Us, double? P90Us, double? P99Us, double? MaxUs, bool Injected)
{
    /// <summary>Whether a seccomp filter decided the calls; written only where it is so, because it alone tells such a row from that of the calls carried out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool EntrySkipped { get; init; }

    /// <summary>Error runs that began, see <see cref="SyscallRow.Runs"/>; left out where there were none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Runs { get; init; }

    public static MonitorDocumentRow Of(RatedRow rated)
    {
        SyscallRow row = rated.Row;
        return new MonitorDocumentRow(row.Process, row.Syscall, row.Outcome.IsSuccess ? "success" : row.Outcome.IsInterrupted ? "interrupted" : "error",
            row.Outcome.IsError ? row.Outcome.Errno.Name : null, row.Count, rated.Rate,
            Microseconds(row.Latency is null ? null : (double)row.TotalNs / row.Count),
            Microseconds(row.Latency?.Quantile(0.5)), Microseconds(row.Latency?.Quantile(0.9)), Microseconds(row.Latency?.Quantile(0.99)), Microseconds(row.Latency?.Quantile(1)),
            row.Injected) { EntrySkipped = row.EntrySkipped, Runs = row.Runs };
    }

    // Whole nanoseconds: nothing finer was measured.
    private static double? Microseconds(double? ns) => ns is { } value ? Math.Round(value) / 1000 : null;
}

/// <summary>The JSON form of <see cref="MonitorDocument"/>: every field is always there but the two that say otherwise.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(SyscallJsonConverter)])]
[JsonSerializable(typeof(MonitorDocument))]
internal sealed partial class MonitorJson : JsonSerializerContext;
