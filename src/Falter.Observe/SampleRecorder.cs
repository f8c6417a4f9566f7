using System.Text.Json;
using Falter.Records;

namespace Falter.Observe;

/// <summary>Writes <c>samples.jsonl</c> of a run folder: one line per interval, each handed to the kernel at once, so that a crash costs at most the last.</summary>
public sealed class SampleRecorder : IDisposable
{
    private readonly FileStream _file;

    private SampleRecorder(FileStream file) => _file = file;

    /// <summary>Opens the file in a folder, which is created where it is missing. Samples that are there already are kept.</summary>
    /// <exception cref="FalterException"><c>folder-not-writable</c>.</exception>
    public static SampleRecorder Open(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            var file = new FileStream(Path.Combine(folder, RunFolderFiles.Samples), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
            EndLastLine(file);
            return new SampleRecorder(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FalterException.Usage("folder-not-writable", $"{folder}: cannot be created or written ({e.Message.TrimEnd('.')}); give another folder");
        }
    }

    /// <summary>Appends one interval.</summary>
    public void Write(IntervalSample sample)
    {
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(sample, RecordsFormat.Line.IntervalSample), (byte)'\n'];
        _file.Write(line);
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Cuts off a line that a crash left without its end: what follows would make it unreadable.</summary>
    private static void EndLastLine(FileStream file)
    {
        long end = file.Length;
        while (end > 0)
        {
            file.Position = end - 1;
            if (file.ReadByte() == '\n') break;
            end--;
        }
        file.SetLength(end);
        file.Position = end;
    }
}
