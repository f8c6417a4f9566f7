using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Falter.Records;

namespace Falter.Observe;

/// <summary>
/// Reads <c>query_results.json</c>, which Phoebe's synthesizer saves: a list of entries with <c>syscall_name</c>, <c>error_code</c> and <c>invocations_in_total</c>, and for errors
/// <c>data_points</c>, the rates of the intervals in which the error occurred. It tells neither processes nor the calls of an interval.
/// </summary>
public static class PhoebeQueryFile
{
    private const string Code = "query-not-readable";

    /// <summary>Reads a file.</summary>
    /// <exception cref="FalterException"><c>query-not-readable</c>: no such file, foreign JSON, a rate that is none; <c>no-samples</c>: no error at all in it.</exception>
    public static ErrorWindow Read(string path)
    {
        try
        {
            return Parse(File.ReadAllBytes(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FalterException.Usage(Code, $"{path}: {(File.Exists(path) ? e.Message.TrimEnd('.') : "no such file")}");
        }
    }

    /// <summary>Reads a document.</summary>
    /// <param name="json">The document, UTF-8.</param>
    /// <param name="source">Its name, for messages.</param>
    public static ErrorWindow Parse(ReadOnlyMemory<byte> json, string source)
    {
        if (json.Span.StartsWith(Encoding.UTF8.Preamble)) json = json[Encoding.UTF8.Preamble.Length..];
        if (!Utf8.IsValid(json.Span)) throw Foreign(source, "no UTF-8 text");
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Array) throw Foreign(source, "a list of entries was expected");
            return Window([.. document.RootElement.EnumerateArray().Select((e, i) => Entry.Of(e, $"{source}, entry {i + 1}"))], source);
        }
        catch (JsonException e)
        {
            throw FalterException.Usage(Code, $"{source}, line {(e.LineNumber ?? 0) + 1}: no JSON ({e.Message.Split(" LineNumber: ")[0].TrimEnd('.')})");
        }
    }

    private static ErrorWindow Window(Entry[] entries, string source)
    {
        Dictionary<Syscall, long> invocations = [];
        foreach (Entry entry in entries)
        {
            if (Syscall.TryParse(PhoebeNames.Plain(entry.SyscallName), out Syscall syscall)) invocations[syscall] = invocations.GetValueOrDefault(syscall) + entry.Invocations;
        }
        var series = new List<ErrorSeries>();
        var seen = new HashSet<(Syscall, Errno)>();
        foreach (Entry entry in entries)
        {
            if (!PhoebeNames.TryParse(entry.SyscallName, entry.ErrorCode, out Syscall syscall, out Errno errno)) continue;
            if (!seen.Add((syscall, errno))) throw FalterException.Usage(Code, $"{entry.Place}: {syscall} with {errno} is given twice; expected one entry for each");
            if (entry.Rates.Count == 0) throw FalterException.Usage(Code, $"{entry.Place}: no data_points; expected the rates of the intervals, for example [[1608552000, \"0.25\"]]");
            series.Add(new ErrorSeries
            {
                Process = "",
                Syscall = syscall,
                Errno = errno,
                Failures = entry.Invocations,
                Invocations = invocations[syscall],
                Rates = [.. entry.Rates.Select(r => new IntervalRate(r, 0))],
            });
        }
        if (entries.Length == 0) throw FalterException.Usage("no-samples", $"{source}: the list is empty; run Phoebe's synthesizer with a window in which its monitor ran");
        return new ErrorWindow { Series = series, Invocations = invocations.ToDictionary(i => ("", i.Key), i => i.Value), Intervals = 0 };
    }

    private static FalterException Foreign(string place, string problem) =>
        FalterException.Usage(Code, $"{place}: {problem}; Phoebe's query_results.json holds entries like {{\"syscall_name\": \"accept\", \"error_code\": \"EAGAIN\", \"invocations_in_total\": 9, \"data_points\": [[1608552000, \"0.25\"]]}}");

    private sealed record Entry(string Place, string SyscallName, string ErrorCode, long Invocations, IReadOnlyList<double> Rates)
    {
        public static Entry Of(JsonElement element, string place)
        {
            if (element.ValueKind != JsonValueKind.Object) throw Foreign(place, "no object");
            string name = Text(element, "syscall_name", place), code = Text(element, "error_code", place);
            return new Entry(place, name, code, Count(element, place), PhoebeNames.Plain(code) == PhoebeNames.Success ? [] : Points(element, $"{place} ({name}, {code})"));
        }

        private static string Text(JsonElement element, string key, string place) =>
            element.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Foreign(place, $"{key} is missing or no text");

        // Phoebe's older files hold totals as floating-point numbers.
        private static long Count(JsonElement element, string place) =>
            element.TryGetProperty("invocations_in_total", out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double count) && count is >= 0 and <= 1e15
                ? (long)count : throw Foreign(place, "invocations_in_total is missing or no number of calls");

        private static List<double> Points(JsonElement element, string place)
        {
            if (!element.TryGetProperty("data_points", out JsonElement points) || points.ValueKind != JsonValueKind.Array) throw Foreign(place, "data_points is missing or no list");
            var rates = new List<double>();
            foreach (JsonElement point in points.EnumerateArray())
            {
                if (point.ValueKind != JsonValueKind.Array || point.GetArrayLength() != 2) throw Foreign(place, $"data point {rates.Count + 1} is no pair of time and rate");
                string text = point[1].ValueKind == JsonValueKind.String ? point[1].GetString()! : point[1].GetRawText();
                if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double rate) || rate is not (>= 0 and <= 1))
                {
                    throw FalterException.Usage(Code, $"{place}, data point {rates.Count + 1}: '{text}' is no error rate; expected a share from 0 to 1, for example \"0.25\"; remove that point");
                }
                // The gauge is present only while the error occurs; a 0 says that it did not.
                if (rate > 0) rates.Add(rate);
            }
            return rates;
        }
    }
}
