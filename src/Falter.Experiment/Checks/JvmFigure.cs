using Falter.Linux.Interop;
using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>
/// One performance counter of a role's JVM. One that only grows gives its growth per second; ticks of the JVM's clock become seconds, so that <c>sun.gc.collector.0.time</c> is the share of time that
/// was spent collecting.
/// </summary>
internal sealed class JvmFigure(RuntimeCheckDefinition definition, TimeProvider time) : IRuntimeFigure
{
    private const byte UnitsTicks = 3;

    private readonly OneAtATime _order = new();
    private (string File, long Value, long At)? _last;

    public Task<ProbeResult> ProbeAsync(RoleState state, CancellationToken cancel) => _order.RunAsync(() => Read(state), definition.Timeout, cancel);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private ProbeResult Read(RoleState state)
    {
        if (state.Pids.Select(RuntimeFiles.JvmCounters).FirstOrDefault(f => f is not null) is not { } file)
        {
            return Probe.Failed($"{definition.Role} offers no performance counters: it is no JVM, or it runs with -XX:-UsePerfData, or its /tmp may not be read");
        }
        try
        {
            if (Memory(file) is not { } memory) return Probe.Failed($"{file} is larger than the counters of a JVM are");
            if (!JvmCounters.TryRead(memory, out IReadOnlyDictionary<string, JvmCounter>? counters, out string problem)) return Probe.Failed($"{file}: {problem}");
            if (!counters.TryGetValue(definition.Counter, out JvmCounter counter)) return Probe.Failed(Unknown(counters.Keys));
            double scale = counter.Units == UnitsTicks && counters.TryGetValue("sun.os.hrt.frequency", out JvmCounter hertz) && hertz.Value > 0 ? 1.0 / hertz.Value : 1;
            return counter.Grows ? Growth(file, counter.Value, scale) : Probe.Measured(counter.Value * scale, definition.Value, "");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Probe.Failed($"{file} cannot be read: {e.Message}");
        }
    }

    /// <summary>The file's content; null where it is too large. The JVM holds a lock on it.</summary>
    internal static byte[]? Memory(string file)
    {
        using FileStream stream = UnlockedFile.OpenRead(file);
        if (stream.Length > JvmCounters.MostBytes) return null;
        byte[] memory = new byte[stream.Length];
        stream.ReadExactly(memory);
        return memory;
    }

    private ProbeResult Growth(string file, long value, double scale)
    {
        long now = time.GetTimestamp();
        (string File, long Value, long At)? before = _last;
        _last = (file, value, now);
        // Another JVM's counters, or none before: there is nothing to compare with.
        if (before is not { } last || last.File != file || value < last.Value) return new ProbeResult(Passed: true, Answered: true, "first look");
        double seconds = time.GetElapsedTime(last.At, now).TotalSeconds;
        return seconds > 0 ? Probe.Measured((value - last.Value) * scale / seconds, definition.Value, " per second") : new ProbeResult(Passed: true, Answered: true, "first look");
    }

    private string Unknown(IEnumerable<string> names)
    {
        string near = string.Join(", ", NearestNames.Of(definition.Counter, names));
        return near.Length > 0 ? $"this JVM has no counter {definition.Counter}; near: {near}" : $"this JVM has no counter {definition.Counter}; `jcmd PID PerfCounter.print` lists them";
    }
}
