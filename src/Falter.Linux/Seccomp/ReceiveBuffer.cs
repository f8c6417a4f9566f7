using System.Runtime.CompilerServices;
using Falter.Linux.Interop;

namespace Falter.Linux.Seccomp;

/// <summary>
/// The memory that the kernel writes received calls to, shared between owner and keeper. The kernel itself writes the id as part of receiving, so
/// there is no moment at which the owner could die with a call received and not recorded: when it is dead, the one call that may still wait for
/// its answer is the one that lies here.
/// </summary>
internal sealed unsafe class ReceiveBuffer : IDisposable
{
    private const nuint Length = 4096;
    private void* _memory;

    private ReceiveBuffer(Descriptor descriptor)
    {
        Descriptor = descriptor;
        _memory = Libc.mmap(null, Length, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED, descriptor.Number, 0);
        if ((nint)_memory == -1) throw new LinuxException("mmap", Libc.LastErrno);
    }

    public Descriptor Descriptor { get; }

    /// <summary>The call that was received last.</summary>
    public ref seccomp_notif Call => ref Unsafe.AsRef<seccomp_notif>(_memory);

    /// <summary>A new one, empty.</summary>
    public static ReceiveBuffer Create()
    {
        var descriptor = new Descriptor(Libc.Checked(Libc.memfd_create("falter-keeper", Libc.MFD_CLOEXEC), "memfd_create"));
        Libc.Checked(Libc.ftruncate(descriptor.Number, (long)Length), "ftruncate");
        return new ReceiveBuffer(descriptor);
    }

    /// <summary>The one that another process created.</summary>
    public static ReceiveBuffer Inherited(Descriptor descriptor) => new(descriptor);

    public void Dispose()
    {
        if (_memory is not null) _ = Libc.munmap(_memory, Length);
        _memory = null;
        Descriptor.Dispose();
    }
}
