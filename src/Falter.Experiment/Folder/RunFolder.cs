using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
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

    private RunFolder(string path) => Path = path;

    /// <summary>The folder's absolute path.</summary>
    public string Path { get; }

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
        return new RunFolder(full);
    }

    /// <summary>The absolute path of a file in the folder.</summary>
    public string PathOf(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Appends one line to a <c>.jsonl</c> file.</summary>
    public void Append<T>(string name, T record, JsonTypeInfo<T> type) => Write(name, JsonSerializer.SerializeToUtf8Bytes(record, type), durable: false);

    /// <summary>Appends one line and returns when it is on the disk: for what must be known after a crash.</summary>
    public void AppendDurably<T>(string name, T record, JsonTypeInfo<T> type) => Write(name, JsonSerializer.SerializeToUtf8Bytes(record, type), durable: true);

    /// <summary>Writes a whole file, replacing it in one step.</summary>
    public void WriteWhole(string name, string text)
    {
        string path = PathOf(name);
        try
        {
            File.WriteAllText(path + ".new", text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            File.Move(path + ".new", path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(name, e);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (FileStream file in _files.Values) file.Dispose();
            _files.Clear();
        }
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
