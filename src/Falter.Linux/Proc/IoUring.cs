using Falter.Records;

namespace Falter.Linux.Proc;

/// <summary>
/// Operations that a program hands to the kernel in memory (io_uring(7), Linux 5.1): reads, writes and connections that pass no system call of their own,
/// so neither counting nor failing system calls reaches them.
/// </summary>
public static class IoUring
{
    /// <summary>Whether a process holds a ring at this moment. False where it is gone or belongs to somebody else.</summary>
    public static bool IsHeldBy(int pid)
    {
        try
        {
            // What proc(5) shows for the descriptor of a ring (io_uring_get_file in io_uring/io_uring.c).
            return Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd").Any(fd => new FileInfo(fd).LinkTarget == "anon_inode:[io_uring]");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Whether only programs that use rings make this call: io_uring_setup, io_uring_enter, io_uring_register.</summary>
    public static bool IsCall(Syscall syscall) => syscall.Number is >= 425 and <= 427;
}
