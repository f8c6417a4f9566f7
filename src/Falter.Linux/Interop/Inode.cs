namespace Falter.Linux.Interop;

/// <summary>Numbers of files, which .NET does not tell.</summary>
public static unsafe class Inode
{
    /// <summary>The inode number of a file or folder; null where there is none.</summary>
    public static long? Of(string path)
    {
        const int AT_FDCWD = -100, SizeOfStatx = 256, OffsetOfInode = 32; // struct statx of include/uapi/linux/stat.h
        const uint STATX_INO = 0x100;
        byte* status = stackalloc byte[SizeOfStatx];
        return Libc.statx(AT_FDCWD, path, 0, STATX_INO, status) == 0 ? *(long*)(status + OffsetOfInode) : null;
    }
}
