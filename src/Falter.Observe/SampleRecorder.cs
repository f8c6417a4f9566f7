using System.IO.Compression;
using System.Text.Json;
using Falter.Records;

namespace Falter.Observe;

/// <summary>
/// Writes a recording: <c>samples.jsonl.gz</c>, one line per interval. Each interval is compressed up to a byte's end (Z_SYNC_FLUSH) and handed to the kernel at once:
/// when the recorder is killed, every interval that was written can be read.
/// </summary>
public sealed class SampleRecorder : IDisposable
{
    private readonly GZipStream _compressed;
    private readonly string _file;
    private bool _failed;

    /// <param name="stream">Where the compressed bytes go; owned from now on.</param>
    /// <param name="file">Its name, for messages.</param>
    internal SampleRecorder(Stream stream, string file)
    {
        _compressed = new GZipStream(stream, CompressionLevel.Optimal);
        _file = file;
    }

    /// <summary>Begins the next file of the recording in a folder, which is created where it is missing. Samples that are there already are kept.</summary>
    /// <exception cref="FalterException"><c>folder-not-writable</c>.</exception>
    public static SampleRecorder Open(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            FileStream file = RecordingFiles.CreateNext(folder);
            return new SampleRecorder(file, file.Name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FalterException.Usage("folder-not-writable", $"{folder}: cannot be created or written ({e.Message.TrimEnd('.')}); give another folder");
        }
    }

    /// <summary>Appends one interval. It is with the kernel when this returns.</summary>
    /// <exception cref="FalterException"><c>folder-not-writable</c>: the disk is full, or the like.</exception>
    public void Write(IntervalSample sample)
    {
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(sample, RecordsFormat.Line.IntervalSample), (byte)'\n'];
        try
        {
            _compressed.Write(line);
            _compressed.Flush();
        }
        catch (IOException e)
        {
            _failed = true;
            throw FalterException.Cannot("folder-not-writable", $"{_file}: the recording ends here ({e.Message.TrimEnd('.')}); what was written before can be read; free space, or give another folder");
        }
    }

    /// <summary>Ends the file, so that gzip itself finds it whole.</summary>
    public void Dispose()
    {
        try
        {
            _compressed.Dispose();
        }
        catch (IOException) when (_failed)
        {
            // Told already, by Write.
        }
    }
}
