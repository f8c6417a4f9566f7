using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Falter.Records;

namespace Falter.Linux.Ebpf;

/// <summary>
/// One of the kernel programs embedded in this assembly, with its maps. Open it, set its configuration and map sizes, load it, attach its programs.
/// Closing it lets the kernel free what no link holds any more.
/// </summary>
internal sealed unsafe class BpfObject : SafeHandle
{
    private const string KernelTypes = "/sys/kernel/btf/vmlinux";

    private BpfObject(nint handle) : base(0, ownsHandle: true) => SetHandle(handle);

    public override bool IsInvalid => handle == 0;

    /// <summary>Reads the object with this name, for example <c>syscalls.bpf.o</c>; nothing enters the kernel yet.</summary>
    public static BpfObject Open(string resource)
    {
        if (!File.Exists(KernelTypes))
        {
            throw FalterException.Cannot("feature-missing", $"the kernel does not publish its types ({KernelTypes}); a kernel with CONFIG_DEBUG_INFO_BTF=y is needed");
        }
        byte[] bytes = Resource(resource);
        try
        {
            LibBpfLog.Capture();
            fixed (byte* p = bytes)
            {
                nint opened = LibBpf.bpf_object__open_mem(p, (nuint)bytes.Length, null);
                return opened != 0 ? new BpfObject(opened) : throw Failure("bpf_object__open_mem", Marshal.GetLastPInvokeError());
            }
        }
        catch (DllNotFoundException)
        {
            throw FalterException.Cannot("prerequisite-missing", "libbpf.so.1 is not installed; on Debian: apt-get install libbpf1");
        }
    }

    /// <summary>Sets the constant (<c>const volatile</c>) that the programs are configured by. Before <see cref="Load"/>.</summary>
    public void Configure<T>(in T configuration) where T : unmanaged
    {
        nint map = 0;
        while ((map = LibBpf.bpf_object__next_map(handle, map)) != 0)
        {
            if (!Marshal.PtrToStringUTF8((nint)LibBpf.bpf_map__name(map))!.EndsWith(".rodata", StringComparison.Ordinal)) continue;
            void* value = LibBpf.bpf_map__initial_value(map, out nuint size);
            if (size != (nuint)sizeof(T)) throw new InvalidOperationException($"configuration: {size} bytes in the object, {sizeof(T)} in {typeof(T).Name}");
            Unsafe.Write(value, configuration);
            return;
        }
        throw new InvalidOperationException("the object has no configuration");
    }

    /// <summary>Sets how many elements a map holds at most. Before <see cref="Load"/>.</summary>
    public void Resize(string map, int entries)
    {
        int failure = LibBpf.bpf_map__set_max_entries(FindMap(map), (uint)entries);
        if (failure < 0) throw Failure("bpf_map__set_max_entries", -failure);
    }

    /// <summary>Leaves out all programs but these. Before <see cref="Load"/>.</summary>
    public void Select(IReadOnlyCollection<string> programs)
    {
        nint program = 0;
        while ((program = LibBpf.bpf_object__next_program(handle, program)) != 0)
        {
            LibBpf.bpf_program__set_autoload(program, programs.Contains(Marshal.PtrToStringUTF8((nint)LibBpf.bpf_program__name(program))!));
        }
    }

    /// <summary>Gives a program the function of the kernel that it is for. Before <see cref="Load"/>.</summary>
    public void SetAttachTarget(string program, string function)
    {
        int failure = LibBpf.bpf_program__set_attach_target(FindProgram(program), 0, function);
        if (failure < 0) throw Failure($"bpf_program__set_attach_target({function})", -failure);
    }

    /// <summary>Creates the maps and has the kernel verify and compile the programs.</summary>
    public void Load()
    {
        if (TryLoad() is not { } reason) return;
        if (reason.Errno != Errno.EPERM) throw reason;
        throw Features.Privileges.MayTrace
            ? FalterException.Cannot("feature-missing", "the kernel refuses to load the eBPF programs (EPERM) although privileges suffice: lockdown, or the vendor of the kernel; `falter doctor` shows what it permits")
            : FalterException.Cannot("not-root", "the kernel refuses to load the eBPF programs (EPERM); run as root, in a container with CAP_BPF, CAP_PERFMON and CAP_SYS_RESOURCE");
    }

    /// <summary>As <see cref="Load"/>; what the kernel refused, null where it took them.</summary>
    public LinuxException? TryLoad()
    {
        int failure = LibBpf.bpf_object__load(handle);
        return failure < 0 ? Failure("bpf_object__load", -failure) : null;
    }

    /// <summary>Attaches a program to the hook that its section names. It runs until the link is disposed.</summary>
    public BpfLink Attach(string program)
    {
        nint link = LibBpf.bpf_program__attach(FindProgram(program));
        return link != 0 ? new BpfLink(link) : throw Failure($"bpf_program__attach({program})", Marshal.GetLastPInvokeError());
    }

    /// <summary>Attaches a program to a control group of version 2, beside those that are there. It runs until the link is disposed.</summary>
    public BpfLink AttachToGroup(string program, int groupFd)
    {
        nint link = LibBpf.bpf_program__attach_cgroup(FindProgram(program), groupFd);
        return link != 0 ? new BpfLink(link) : throw Failure($"bpf_program__attach_cgroup({program})", Marshal.GetLastPInvokeError());
    }

    /// <summary>Attaches a program to the entry of a function of the kernel. It runs until the link is disposed.</summary>
    public BpfLink AttachProbe(string program, string function)
    {
        nint link = LibBpf.bpf_program__attach_kprobe(FindProgram(program), atReturn: false, function);
        return link != 0 ? new BpfLink(link) : throw Failure($"bpf_program__attach_kprobe({function})", Marshal.GetLastPInvokeError());
    }

    /// <summary>A map of the loaded object.</summary>
    public BpfMap<TKey, TValue> Map<TKey, TValue>(string name) where TKey : unmanaged where TValue : unmanaged => new(this, FindMap(name));

    internal static LinuxException Failure(string call, int errno) => new(call, new Errno((short)errno), LibBpfLog.Take());

    protected override bool ReleaseHandle()
    {
        LibBpf.bpf_object__close(handle);
        return true;
    }

    private static byte[] Resource(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name) ?? throw new ArgumentException($"no embedded object {name}", nameof(name));
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private nint FindProgram(string name)
    {
        nint program = LibBpf.bpf_object__find_program_by_name(handle, name);
        return program != 0 ? program : throw new ArgumentException($"the object has no program {name}", nameof(name));
    }

    private nint FindMap(string name)
    {
        nint map = LibBpf.bpf_object__find_map_by_name(handle, name);
        return map != 0 ? map : throw new ArgumentException($"the object has no map {name}", nameof(name));
    }
}
