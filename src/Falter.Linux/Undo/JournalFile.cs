using System.Text;
using Falter.Linux.Interop;
using Falter.Records;
using Microsoft.Win32.SafeHandles;

namespace Falter.Linux.Undo;

/// <summary>
/// The file of a journal. Its owner and its keeper share one locked descriptor: the kernel lets go of the lock when the last of them has ended, in
/// whatever way, so that a lock which can be taken means that nobody is left to undo.
/// </summary>
internal sealed class JournalFile : IDisposable
{
    /// <summary>The variable that names another folder for journals, where /run cannot be written.</summary>
    public const string FolderVariable = "FALTER_JOURNALS";

    private const string Extension = ".undo";
    private const int OwnerOnly = 0b110_000_000;

    private readonly Descriptor _descriptor;
    private readonly SafeFileHandle _handle;

    private JournalFile(string path, Descriptor descriptor)
    {
        Path = path;
        _descriptor = descriptor;
        _handle = new SafeFileHandle(descriptor.Number, ownsHandle: false);
    }

    /// <summary>Where journals are: a file system that is empty after a start of the machine, as the effects are gone then too.</summary>
    public static string Folder => Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } named ? System.IO.Path.GetFullPath(named) : "/run/falter";

    public string Path { get; }

    /// <summary>The descriptor that the keeper inherits, the lock with it.</summary>
    public Descriptor Descriptor => _descriptor;

    /// <summary>All journals, living or not.</summary>
    public static IReadOnlyList<string> All() => Directory.Exists(Folder) ? [.. Directory.EnumerateFiles(Folder, "*" + Extension).Order()] : [];

    /// <summary>Makes a journal of this process and locks it.</summary>
    /// <exception cref="FalterException"><c>journal-not-writable</c>.</exception>
    public static JournalFile Create()
    {
        try
        {
            if (!Directory.Exists(Folder)) Directory.CreateDirectory(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(Folder, e.Message);
        }
        RemoveEmpty();
        while (true)
        {
            string path = System.IO.Path.Join(Folder, $"{OwnedName.OfOwner}-{Guid.NewGuid():N}{Extension}");
            int fd = Libc.open(path, Libc.O_RDWR | Libc.O_CREAT | Libc.O_EXCL | Libc.O_CLOEXEC, OwnerOnly);
            if (fd < 0) throw NotWritable(path, Libc.LastErrno.Meaning);
            var file = new JournalFile(path, new Descriptor(fd));
            // Somebody who looks for leftovers may have found it before it was locked, and have removed it: its name is then no more.
            if (file.TryLock() && File.Exists(path)) return file;
            file.Delete();
            file.Dispose();
        }
    }

    /// <summary>A Falter that was killed before its keeper stood by has left a file without a line, which wants nothing undone.</summary>
    private static void RemoveEmpty()
    {
        foreach (FileInfo empty in new DirectoryInfo(Folder).EnumerateFiles($"*{Extension}").Where(f => f.Length == 0))
        {
            using JournalFile? left = Open(empty.FullName);
            if (left?.TryLock() == true && left.Text().Length == 0) left.Delete();
        }
    }

    /// <summary>Opens a journal that is there; null where it is gone.</summary>
    public static JournalFile? Open(string path)
    {
        int fd = Libc.open(path, Libc.O_RDWR | Libc.O_CLOEXEC, 0);
        return fd < 0 ? null : new JournalFile(path, new Descriptor(fd));
    }

    /// <summary>The journal that a keeper inherits.</summary>
    public static JournalFile Inherited(string path, int number) => new(path, new Descriptor(number));

    /// <summary>Takes the lock; false where its owner or keeper lives.</summary>
    public bool TryLock() => Libc.flock(_descriptor.Number, Libc.LOCK_EX | Libc.LOCK_NB) == 0;

    /// <summary>What it says now.</summary>
    public JournalContent Read() => JournalContent.Of(Text());

    /// <summary>The whole text.</summary>
    public string Text()
    {
        byte[] bytes = new byte[RandomAccess.GetLength(_handle)];
        return Encoding.UTF8.GetString(bytes, 0, RandomAccess.Read(_handle, bytes, 0));
    }

    /// <summary>Adds a line. When it returns, the line is on the disk; when it throws, nothing of it is.</summary>
    /// <exception cref="FalterException"><c>journal-not-writable</c>: for example a full disk.</exception>
    public void Append(JournalLine line)
    {
        long end = RandomAccess.GetLength(_handle);
        try
        {
            RandomAccess.Write(_handle, line.Bytes, end);
            RandomAccess.FlushToDisk(_handle);
        }
        catch (IOException e)
        {
            _ = Libc.ftruncate(_descriptor.Number, end);
            throw NotWritable(Path, e.Message);
        }
    }

    /// <summary>
    /// Notes that a step was undone. Where that cannot be written (a full disk) nothing is lost: a step may be carried out again, and whoever is undoing
    /// must go on to the next.
    /// </summary>
    public void Note(int id)
    {
        try
        {
            Append(new JournalLine(id));
        }
        catch (FalterException)
        {
        }
    }

    /// <summary>Removes the file; nothing happens where it is gone.</summary>
    public void Delete() => File.Delete(Path);

    public void Dispose()
    {
        _handle.Dispose();
        _descriptor.Dispose();
    }

    private static FalterException NotWritable(string path, string reason) => FalterException.Cannot("journal-not-writable",
        $"{path} cannot be written ({reason}), and nothing is armed that could not be undone; give a folder that can be written, for example {FolderVariable}=/tmp/falter");
}
