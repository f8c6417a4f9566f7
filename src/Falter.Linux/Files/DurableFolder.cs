using Falter.Linux.Interop;

namespace Falter.Linux;

/// <summary>Folders whose entries must be there after the machine lost its power: a file that was flushed has a name only where its folder was flushed too.</summary>
public static class DurableFolder
{
    /// <summary>Returns when the names in a folder are on the disk. File systems that cannot say so (some network ones) are taken as they are.</summary>
    /// <exception cref="LinuxException">The folder cannot be opened.</exception>
    public static void Flush(string path)
    {
        using var folder = new Descriptor(Libc.Checked(Libc.open(path, Libc.O_RDONLY | Libc.O_CLOEXEC, 0), $"open({path})"));
        _ = Libc.fsync(folder.Number);
    }
}
