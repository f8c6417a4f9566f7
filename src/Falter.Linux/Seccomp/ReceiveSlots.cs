using System.Runtime.CompilerServices;
using Falter.Linux.Interop;

namespace Falter.Linux.Seccomp;

/// <summary>
/// The memory that the kernel writes received calls to, shared between owner and keeper. The kernel itself writes the id as part of receiving, so there is
/// no moment at which the owner could die with a call received and not recorded: when it is dead, the calls that may still wait for their answers are among
/// those that lie here. A slot that is free again keeps its last id, which the kernel knows no longer.
/// </summary>
internal sealed unsafe class ReceiveSlots : IDisposable
{
    /// <summary>How many calls can wait for their answers at once.</summary>
    public const int Count = 4096;

    private static readonly nuint s_length = (nuint)(Count * sizeof(seccomp_notif));
    private seccomp_notif* _memory;

    private ReceiveSlots(Descriptor descriptor)
    {
        Descriptor = descriptor;
        _memory = (seccomp_notif*)Libc.mmap(null, s_length, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED, descriptor.Number, 0);
        if ((nint)_memory == -1) throw new LinuxException("mmap", Libc.LastErrno);
    }

    public Descriptor Descriptor { get; }

    /// <summary>The call that was received to a slot last.</summary>
    public ref seccomp_notif this[int slot]
    {
        get
        {
            ObjectDisposedException.ThrowIf(_memory is null, this);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)slot, (uint)Count);
            return ref Unsafe.AsRef<seccomp_notif>(_memory + slot);
        }
    }

    /// <summary>New ones, empty.</summary>
    public static ReceiveSlots Create()
    {
        var descriptor = new Descriptor(Libc.Checked(Libc.memfd_create("falter-keeper", Libc.MFD_CLOEXEC), "memfd_create"));
        Libc.Checked(Libc.ftruncate(descriptor.Number, (long)s_length), "ftruncate");
        return new ReceiveSlots(descriptor);
    }

    /// <summary>Those that another process created.</summary>
    public static ReceiveSlots Inherited(Descriptor descriptor) => new(descriptor);

    public void Dispose()
    {
        if (_memory is not null) _ = Libc.munmap(_memory, s_length);
        _memory = null;
        Descriptor.Dispose();
    }
}
