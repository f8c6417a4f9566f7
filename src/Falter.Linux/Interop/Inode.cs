namespace Falter.Linux.Interop;

/// <summary>Numbers and types of files, which .NET does not tell.</summary>
public static unsafe class Inode
{
    // struct statx of include/uapi/linux/stat.h
    private const int AT_FDCWD = -100, SizeOfStatx = 256, OffsetOfMode = 28, OffsetOfInode = 32;
    private const uint STATX_TYPE = 0x1, STATX_INO = 0x100;

    /// <summary>The inode number of a file or folder; null where there is none.</summary>
    public static long? Of(string path)
    {
        byte* status = stackalloc byte[SizeOfStatx];
        return Libc.statx(AT_FDCWD, path, 0, STATX_INO, status) == 0 ? *(long*)(status + OffsetOfInode) : null;
    }

    /// <summary>Whether it is an ordinary file, and not a pipe, device or folder: opening those may wait for ever. False where there is none.</summary>
    public static bool IsFile(string path)
    {
        const int S_IFMT = 0xf000, S_IFREG = 0x8000;
        byte* status = stackalloc byte[SizeOfStatx];
        return Libc.statx(AT_FDCWD, path, 0, STATX_TYPE, status) == 0 && (*(ushort*)(status + OffsetOfMode) & S_IFMT) == S_IFREG;
    }
}
