using System.Runtime.InteropServices;
using Falter.Linux.Interop;
using Microsoft.Win32.SafeHandles;
using static Falter.Linux.Features.RawSyscall;

namespace Falter.Linux.Features;

/// <summary>Probes of bpf(2) that load the smallest program or map of each kind and let go of it at once. Layouts: include/uapi/linux/bpf.h.</summary>
internal static unsafe partial class BpfProbes
{
    private const int BPF_MAP_CREATE = 0, BPF_PROG_LOAD = 5, BPF_RAW_TRACEPOINT_OPEN = 17, BPF_BTF_LOAD = 18, BPF_LINK_CREATE = 28;
    private const uint BPF_PROG_TYPE_KPROBE = 2, BPF_PROG_TYPE_CGROUP_SOCK_ADDR = 18, BPF_CGROUP_INET4_CONNECT = 10, BPF_PROG_TYPE_TRACING = 26, BPF_TRACE_RAW_TP = 23, BPF_F_NO_PREALLOC = 1;
    private const uint BTF_KIND_TYPEDEF = 8;
    private const uint BPF_MAP_TYPE_PERCPU_HASH = 5, BPF_MAP_TYPE_RINGBUF = 27, BPF_MAP_TYPE_TASK_STORAGE = 29;

    // r0 = 0; exit
    private static readonly ulong[] s_returnZero = [0x00000000_000000b7, 0x00000000_00000095];

    // r1 = -EPERM; call bpf_set_retval (187); r0 = 0; exit
    private static readonly ulong[] s_setRetval = [0xffffffff_000001b7, 0x000000bb_00000085, 0x00000000_000000b7, 0x00000000_00000095];

    // r1 = SIGWINCH (28); call bpf_send_signal_thread (117); r0 = 0; exit
    private static readonly ulong[] s_sendSignalThread = [0x0000001c_000001b7, 0x00000075_00000085, 0x00000000_000000b7, 0x00000000_00000095];

    // *(u64 *)(r10 - 8) = 0; r1 = 1; r1 = atomic_fetch_add((u64 *)(r10 - 8), r1); r0 = 0; exit
    private static readonly ulong[] s_fetchAndAdd = [0x00000000_fff80a7a, 0x00000001_000001b7, 0x00000001_fff81adb, 0x00000000_000000b7, 0x00000000_00000095];

    // One type, number 1: a signed 32-bit int. Header of 24 bytes, btf_type with its encoding, strings "\0int\0".
    private static readonly byte[] s_btfOfInt =
    [
        0x9f, 0xeb, 1, 0, 24, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 16, 0, 0, 0, 5, 0, 0, 0,
        1, 0, 0, 0, 0, 0, 0, 1, 4, 0, 0, 0, 32, 0, 0, 1,
        0, (byte)'i', (byte)'n', (byte)'t', 0,
    ];

    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct bpf_attr
    {
        [FieldOffset(0)] public uint map_type;
        [FieldOffset(4)] public uint key_size;
        [FieldOffset(8)] public uint value_size;
        [FieldOffset(12)] public uint max_entries;
        [FieldOffset(16)] public uint map_flags;
        [FieldOffset(48)] public int btf_fd;
        [FieldOffset(52)] public uint btf_key_type_id;
        [FieldOffset(56)] public uint btf_value_type_id;

        [FieldOffset(0)] public uint prog_type;
        [FieldOffset(4)] public uint insn_cnt;
        [FieldOffset(8)] public ulong insns;
        [FieldOffset(16)] public ulong license;
        [FieldOffset(68)] public uint expected_attach_type;
        [FieldOffset(108)] public uint attach_btf_id;

        [FieldOffset(0)] public ulong btf;
        [FieldOffset(16)] public uint btf_size;

        [FieldOffset(0)] public int link_prog_fd;
        [FieldOffset(4)] public int link_target_fd;
        [FieldOffset(8)] public uint link_attach_type;

        [FieldOffset(0)] public ulong raw_tracepoint_name;
        [FieldOffset(8)] public int raw_tracepoint_prog_fd;
    }

    // Not libbpf_find_vmlinux_btf_id: it writes to stderr when a name is not found.
    [LibraryImport("libbpf.so.1")]
    private static partial nint btf__load_vmlinux_btf();

    [LibraryImport("libbpf.so.1", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int btf__find_by_name_kind(nint btf, string name, uint kind);

    [LibraryImport("libbpf.so.1")]
    private static partial void btf__free(nint btf);

    [LibraryImport("libbpf.so.1")]
    private static partial byte* libbpf_version_string();

    public static FeatureResult Libbpf()
    {
        if (!NativeLibrary.TryLoad("libbpf.so.1", out nint library)) return FeatureResult.Missing("libbpf.so.1 is not found by the loader");
        NativeLibrary.Free(library);
        return FeatureResult.Found($"libbpf {Marshal.PtrToStringUTF8((nint)libbpf_version_string())}");
    }

    public static FeatureResult Btf()
    {
        const string Path = "/sys/kernel/btf/vmlinux";
        try
        {
            using FileStream btf = File.OpenRead(Path);
            // Magic of struct btf_header.
            return btf.ReadByte() == 0x9f && btf.ReadByte() == 0xeb ? FeatureResult.Found(Path) : FeatureResult.Missing($"{Path} is no BTF");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return FeatureResult.Missing($"no {Path}");
        }
        catch (UnauthorizedAccessException)
        {
            return FeatureResult.CouldNotTell($"{Path} is not readable by this user");
        }
    }

    /// <summary>Loads and attaches an empty program at the entry of every system call, and detaches it.</summary>
    public static FeatureResult TpBtf()
    {
        long program = LoadTracing("btf_trace_sys_enter", BTF_KIND_TYPEDEF, BPF_TRACE_RAW_TP, out FeatureResult? unable);
        if (unable is not null) return unable;
        if (program < 0) return Judge("BPF_PROG_LOAD of tp_btf/sys_enter", program);
        using var owned = new SafeFileHandle((nint)program, ownsHandle: true);
        var attr = new bpf_attr { raw_tracepoint_prog_fd = (int)program };
        return Judge("attaching tp_btf/sys_enter", Bpf(BPF_RAW_TRACEPOINT_OPEN, ref attr), close: true);
    }

    /// <summary>Loads a program that would send the current thread a signal. Not attached: it would.</summary>
    public static FeatureResult SendSignalThread()
    {
        long program = LoadTracing("btf_trace_sys_exit", BTF_KIND_TYPEDEF, BPF_TRACE_RAW_TP, out FeatureResult? unable, s_sendSignalThread);
        return unable ?? Judge("BPF_PROG_LOAD of tp_btf/sys_exit with bpf_send_signal_thread", program, close: true);
    }

    /// <summary>Loads a program that fails <c>connect</c> of a control group with an errno of its choice, and attaches it to this group.</summary>
    public static FeatureResult CgroupConnect(string group)
    {
        if (!Privileges.MayTrace) return NeedsPrivilege();
        long program = Load(s_setRetval, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_CONNECT, 0);
        if (program < 0) return Judge("BPF_PROG_LOAD of cgroup/connect4 with bpf_set_retval", program);
        using var owned = new SafeFileHandle((nint)program, ownsHandle: true);
        using var folder = new Descriptor(Libc.Checked(Libc.open(group, Libc.O_RDONLY | Libc.O_CLOEXEC, 0), $"open({group})"));
        var attr = new bpf_attr { link_prog_fd = (int)program, link_target_fd = folder.Number, link_attach_type = BPF_CGROUP_INET4_CONNECT };
        return Judge("attaching cgroup/connect4", Bpf(BPF_LINK_CREATE, ref attr), close: true);
    }

    public static FeatureResult AtomicFetch() => Privileges.MayTrace
        ? Judge("BPF_PROG_LOAD of a program with an atomic fetch-and-add", Load(s_fetchAndAdd, BPF_PROG_TYPE_KPROBE, 0, 0), close: true) : NeedsPrivilege();

    public static FeatureResult PerCpuHash() =>
        CreateMap("BPF_MAP_TYPE_PERCPU_HASH", new bpf_attr { map_type = BPF_MAP_TYPE_PERCPU_HASH, key_size = 4, value_size = 8, max_entries = 1 });

    public static FeatureResult RingBuffer() =>
        CreateMap("BPF_MAP_TYPE_RINGBUF", new bpf_attr { map_type = BPF_MAP_TYPE_RINGBUF, max_entries = (uint)Environment.SystemPageSize });

    /// <summary>Task storage must describe its key and value by BTF, so that is loaded first.</summary>
    public static FeatureResult TaskStorage()
    {
        if (!Privileges.MayTrace) return NeedsPrivilege();
        long btf;
        fixed (byte* image = s_btfOfInt)
        {
            var load = new bpf_attr { btf = (ulong)image, btf_size = (uint)s_btfOfInt.Length };
            btf = Bpf(BPF_BTF_LOAD, ref load);
        }
        if (btf < 0) return Judge("BPF_BTF_LOAD", btf);
        using var owned = new SafeFileHandle((nint)btf, ownsHandle: true);
        return CreateMap("BPF_MAP_TYPE_TASK_STORAGE", new bpf_attr
        {
            map_type = BPF_MAP_TYPE_TASK_STORAGE,
            key_size = 4,
            value_size = 4,
            map_flags = BPF_F_NO_PREALLOC,
            btf_fd = (int)btf,
            btf_key_type_id = 1,
            btf_value_type_id = 1,
        });
    }

    private static FeatureResult CreateMap(string what, bpf_attr attr) =>
        Privileges.MayTrace ? Judge(what, Bpf(BPF_MAP_CREATE, ref attr), close: true) : NeedsPrivilege();

    private static long LoadTracing(string target, uint kind, uint attachType, out FeatureResult? unable, ulong[]? instructions = null)
    {
        unable = null;
        if (!Privileges.MayTrace) unable = NeedsPrivilege();
        else if (Btf().State != FeatureState.Found) unable = FeatureResult.Missing("the kernel has no BTF");
        else if (Libbpf().State != FeatureState.Found) unable = FeatureResult.CouldNotTell("libbpf.so.1 is needed to find the hook, and is missing");
        if (unable is not null) return 0;
        int id = FindInBtf(target, kind);
        if (id <= 0) unable = FeatureResult.Missing($"the kernel's BTF does not name {target}");
        return id <= 0 ? 0 : Load(instructions ?? s_returnZero, BPF_PROG_TYPE_TRACING, attachType, (uint)id);
    }

    private static int FindInBtf(string name, uint kind)
    {
        nint btf = btf__load_vmlinux_btf();
        if (btf == 0) return -1;
        try
        {
            return btf__find_by_name_kind(btf, name, kind);
        }
        finally
        {
            btf__free(btf);
        }
    }

    private static long Load(ulong[] instructions, uint type, uint attachType, uint attachBtfId)
    {
        fixed (ulong* code = instructions)
        fixed (byte* license = "GPL\0"u8)
        {
            var attr = new bpf_attr
            {
                prog_type = type,
                insn_cnt = (uint)instructions.Length,
                insns = (ulong)code,
                license = (ulong)license,
                expected_attach_type = attachType,
                attach_btf_id = attachBtfId,
            };
            return Bpf(BPF_PROG_LOAD, ref attr);
        }
    }

    private static long Bpf(int command, ref bpf_attr attr)
    {
        fixed (bpf_attr* p = &attr) return Call(SYS_bpf, command, (nint)p, sizeof(bpf_attr));
    }

    private static FeatureResult NeedsPrivilege() => FeatureResult.CouldNotTell("needs root, or CAP_BPF and CAP_PERFMON");

    private static FeatureResult Judge(string what, long result, bool close = false)
    {
        if (result >= 0)
        {
            if (close) new SafeFileHandle((nint)result, ownsHandle: true).Dispose();
            return FeatureResult.Found();
        }
        string policy = result is -EPERM or -EACCES ? ", refused by policy (lockdown or a vendor's hardening) though privileges suffice" : "";
        return FeatureResult.Missing($"{what}: {Name(result)}{policy}");
    }
}
