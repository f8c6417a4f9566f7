using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Channels;
using Falter.Records;

namespace Falter.Inject;

/// <summary>
/// Writes <c>faults.jsonl</c>: intents before anything is armed, single calls while it is, counts when it is undone. Calls are handed over without blocking, because the
/// target waits: what comes faster than the disk takes it is counted as <see cref="Dropped"/>.
/// </summary>
public sealed class FaultLog : IAsyncDisposable
{
    // Some 400 bytes each.
    private const int MostWaiting = 100_000;

    private readonly FileStream _file;
    private readonly Channel<InjectedCall> _calls = Channel.CreateBounded<InjectedCall>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private readonly Task _writing;
    private long _dropped;

    private FaultLog(FileStream file)
    {
        _file = file;
        _writing = Task.Run(WriteCallsAsync);
    }

    /// <summary>Lines that should be in the file and are not.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Creates the file; one that is there is replaced.</summary>
    /// <exception cref="FalterException"><c>folder-not-writable</c>.</exception>
    public static FaultLog Create(string path)
    {
        try
        {
            // Without a buffer of its own: a line is in the file, or is known not to be.
            return new FaultLog(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(path, e);
        }
    }

    /// <summary>Writes the intents, and returns when they are on the disk.</summary>
    /// <exception cref="FalterException"><c>folder-not-writable</c>.</exception>
    public void Intend(IEnumerable<FaultRecord> intents)
    {
        try
        {
            foreach (FaultRecord intent in intents) Write(intent, RecordsFormat.Line.FaultRecord);
            _file.Flush(flushToDisk: true);
        }
        catch (IOException e)
        {
            throw NotWritable(_file.Name, e);
        }
    }

    /// <summary>Takes a call; for <see cref="ArmedOptions.Log"/>.</summary>
    public void Add(InjectedCall call)
    {
        if (!_calls.Writer.TryWrite(call)) Interlocked.Increment(ref _dropped);
    }

    /// <summary>Writes what came of the faults, behind all calls.</summary>
    public async Task FinishAsync(IEnumerable<FaultRecord> undone)
    {
        _calls.Writer.TryComplete();
        await _writing;
        foreach (FaultRecord record in undone) WriteOrDrop(record, RecordsFormat.Line.FaultRecord);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _calls.Writer.TryComplete();
        await _writing;
        await _file.DisposeAsync();
    }

    private async Task WriteCallsAsync()
    {
        while (await _calls.Reader.WaitToReadAsync())
        {
            while (_calls.Reader.TryRead(out InjectedCall? call)) WriteOrDrop(InjectedCallRecord.Of(call), RecordsFormat.Line.InjectedCallRecord);
        }
    }

    private void WriteOrDrop<T>(T record, JsonTypeInfo<T> type)
    {
        try
        {
            Write(record, type);
        }
        catch (IOException)
        {
            // The disk is full: the injection goes on, and the count says what is missing. What was written of the line is written over by the next.
            Interlocked.Increment(ref _dropped);
        }
    }

    private void Write<T>(T record, JsonTypeInfo<T> type)
    {
        _file.Write([.. JsonSerializer.SerializeToUtf8Bytes(record, type), (byte)'\n']);
    }

    private static FalterException NotWritable(string path, Exception e) =>
        FalterException.Usage("folder-not-writable", $"--log {path}: {e.Message.TrimEnd('.')}; give a file that can be written, for example --log faults.jsonl");
}
