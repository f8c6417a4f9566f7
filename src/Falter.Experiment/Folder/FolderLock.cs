using Falter.Linux.Undo;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>That this process writes to a run folder: two would spoil each other's lines. The kernel lets go of it when the process ends in whatever way; the file then still names who was killed.</summary>
internal sealed class FolderLock : IDisposable
{
    private const string Name = "run.lock";

    private readonly FileStream _file;

    private FolderLock(FileStream file, string? killedOwner) => (_file, KilledOwner) = (file, killedOwner);

    /// <summary>The mark of the Falter that held it last and did not let go of it; null where there was none.</summary>
    public string? KilledOwner { get; }

    /// <exception cref="FalterException"><c>run-in-use</c>, <c>folder-not-writable</c>.</exception>
    public static FolderLock Take(string folder)
    {
        string path = Path.Combine(folder, Name);
        try
        {
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            using var reader = new StreamReader(file, leaveOpen: true);
            string last = reader.ReadToEnd().Trim();
            file.SetLength(0);
            file.Write(System.Text.Encoding.ASCII.GetBytes(OwnerRemains.Mark));
            return new FolderLock(file, last.Length > 0 && !OwnerRemains.Lives(last) ? last : null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A file that somebody has locked, and one that must not be opened, are both such exceptions; only the first can be read by root.
            throw File.Exists(path) && e is not UnauthorizedAccessException
                ? FalterException.Usage("run-in-use", $"{folder}: another Falter writes to this run folder; wait for its end")
                : FalterException.Usage("folder-not-writable", $"{folder}: the run folder cannot be written ({e.Message.TrimEnd('.')}); give another with -o DIR");
        }
    }

    public void Dispose()
    {
        // Removed while it is held: nobody can have taken it between.
        File.Delete(_file.Name);
        _file.Dispose();
    }
}
