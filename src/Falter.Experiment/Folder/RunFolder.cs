using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Falter.Linux;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>
/// The run folder while it is written: <c>.jsonl</c> files are append-only and readable after a crash at any moment (a last line may be cut off).
/// Writing never waits for the disk except for intents, which must be there before a fault is armed.
/// </summary>
public sealed class RunFolder : IDisposable
{
    private readonly Dictionary<string, FileStream> _files = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    private readonly FolderLock _held;

    private RunFolder(string path, FolderLock held)
    {
        Path = path;
        _held = held;
    }

    /// <summary>The folder's absolute path.</summary>
    public string Path { get; }

    /// <summary>The mark of the Falter that wrote here before and was killed; null where none was.</summary>
    public string? KilledOwner => _held.KilledOwner;

    /// <summary>Creates the folder. Refuses one that already holds a run, and one that cannot be written, before anything else is done.</summary>
    public static RunFolder Create(string path)
    {
        string full = System.IO.Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(full);
            if (File.Exists(System.IO.Path.Combine(full, RunFolderFiles.Run)))
            {
                throw FalterException.Usage("folder-not-writable", $"-o {path}: the folder already holds a run; give a new one");
            }
            string probe = System.IO.Path.Combine(full, ".writable");
            File.WriteAllText(probe, "");
            File.Delete(probe);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw FalterException.Usage("folder-not-writable", $"-o {path}: the run folder cannot be written ({e.Message.TrimEnd('.')}); give another with -o DIR");
        }
        return new RunFolder(full, FolderLock.Take(full));
    }

    /// <summary>Opens the folder of a run that was cut off, to go on with it: lines that were cut off are taken away, so that the next one is a line of its own.</summary>
    /// <exception cref="FalterException"><c>run-not-readable</c>, <c>run-in-use</c>, <c>folder-not-writable</c>.</exception>
    public static RunFolder Reopen(string path)
    {
        string full = System.IO.Path.GetFullPath(path);
        if (!File.Exists(System.IO.Path.Combine(full, RunFolderFiles.Run))) throw FalterException.Usage("run-not-readable", $"--resume {path}: no {RunFolderFiles.Run} in it; expected a folder that `falter run` or `falter assess` wrote");
        FolderLock held = FolderLock.Take(full);
        try
        {
            foreach (string file in Directory.EnumerateFiles(full, "*.jsonl")) CutOff.Remove(file);
            return new RunFolder(full, held);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            held.Dispose();
            throw FalterException.Usage("folder-not-writable", $"--resume {path}: the run folder cannot be written ({e.Message.TrimEnd('.')})");
        }
    }

    /// <summary>The absolute path of a file in the folder.</summary>
    public string PathOf(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Appends one line to a <c>.jsonl</c> file.</summary>
    public void Append<T>(string name, T record, JsonTypeInfo<T> type) => Write(name, JsonSerializer.SerializeToUtf8Bytes(record, type), durable: false);

    /// <summary>Appends one line and returns when it is on the disk: for what must be known after a crash.</summary>
    public void AppendDurably<T>(string name, T record, JsonTypeInfo<T> type) => Write(name, JsonSerializer.SerializeToUtf8Bytes(record, type), durable: true);

    /// <summary>Writes a whole file, replacing it in one step; when it returns, it is on the disk: after a loss of power there is the old file or the new one, whole.</summary>
    public void WriteWhole(string name, string text)
    {
        string path = PathOf(name);
        try
        {
            using (var file = new FileStream(path + ".new", FileMode.Create, FileAccess.Write, FileShare.Read))
            {
                file.Write(new UTF8Encoding(encoderShouldEmitUTF8Identifier: false).GetBytes(text));
                file.Flush(flushToDisk: true);
            }
            File.Move(path + ".new", path, overwrite: true);
            DurableFolder.Flush(Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(name, e);
        }
    }

    /// <summary>Removes a file; what is appended next begins a new one.</summary>
    public void Remove(string name)
    {
        lock (_lock)
        {
            if (_files.Remove(name, out FileStream? file)) file.Dispose();
            File.Delete(PathOf(name));
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (FileStream file in _files.Values) file.Dispose();
            _files.Clear();
        }
        _held.Dispose();
    }

    private void Write(string name, byte[] json, bool durable)
    {
        byte[] line = [.. json, (byte)'\n'];
        try
        {
            lock (_lock)
            {
                FileStream file = Open(name);
                file.Write(line);
                if (durable) file.Flush(flushToDisk: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(name, e);
        }
    }

    private FileStream Open(string name)
    {
        if (_files.TryGetValue(name, out FileStream? file)) return file;
        // No buffer of our own: each line reaches the kernel whole, so that killing Falter loses none.
        file = new FileStream(PathOf(name), FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        _files.Add(name, file);
        return file;
    }

    private FalterException NotWritable(string name, Exception e) => FalterException.Cannot("folder-not-writable",
        $"the run could not go on because {PathOf(name)} cannot be written ({e.Message.TrimEnd('.')}); what was armed has been undone; make room, or give another folder with -o DIR");
}
