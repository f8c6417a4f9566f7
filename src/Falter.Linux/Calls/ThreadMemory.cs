using Falter.Linux.Interop;

namespace Falter.Linux.Calls;

/// <summary>Memory of another process, through one of its threads; needs what ptrace needs.</summary>
public static unsafe class ThreadMemory
{
    /// <summary>Reads; false where a part is not mapped, the thread is gone, or it is not allowed.</summary>
    public static bool TryRead(int tid, ulong address, Span<byte> bytes)
    {
        fixed (byte* local = bytes)
        {
            var here = new iovec_t { iov_base = local, iov_len = (nuint)bytes.Length };
            var there = new iovec_t { iov_base = (void*)address, iov_len = (nuint)bytes.Length };
            return Libc.process_vm_readv(tid, &here, 1, &there, 1, 0) == bytes.Length;
        }
    }
}
