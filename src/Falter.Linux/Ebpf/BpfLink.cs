using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Falter.Linux.Ebpf;

/// <summary>A program's place at its hook. The program no longer runs once it is disposed, or once the process has ended in whatever way.</summary>
internal sealed class BpfLink : SafeHandle
{
    internal BpfLink(nint handle) : base(0, ownsHandle: true) => SetHandle(handle);

    public override bool IsInvalid => handle == 0;

    /// <summary>For the link of an iterator: runs it once over everything that it iterates over.</summary>
    public void Iterate()
    {
        int fd = LibBpf.bpf_iter_create(LibBpf.bpf_link__fd(handle));
        if (fd < 0) throw BpfObject.Failure("bpf_iter_create", -fd);
        using var iterator = new SafeFileHandle(fd, ownsHandle: true);
        using var stream = new FileStream(iterator, FileAccess.Read, bufferSize: 0);
        Span<byte> nothing = stackalloc byte[256];
        // The programs write nothing; reading to the end is what drives them.
        while (stream.Read(nothing) > 0)
        {
        }
    }

    protected override bool ReleaseHandle() => LibBpf.bpf_link__destroy(handle) == 0;
}
