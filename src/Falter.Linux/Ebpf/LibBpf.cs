using System.Runtime.InteropServices;

namespace Falter.Linux.Ebpf;

/// <summary>
/// The functions of libbpf that Falter calls (<c>bpf/libbpf.h</c>, <c>bpf/bpf.h</c>, version 1.0 and later). Those that return a number return a
/// negative errno; those that return a pointer return null and set errno.
/// </summary>
internal static unsafe partial class LibBpf
{
    private const string Library = "libbpf.so.1";

    [LibraryImport(Library)] public static partial nint libbpf_set_print(delegate* unmanaged[Cdecl]<int, byte*, void*, int> print);
    [LibraryImport(Library)] public static partial int libbpf_num_possible_cpus();

    [LibraryImport(Library, SetLastError = true)] public static partial nint bpf_object__open_mem(byte* bytes, nuint size, void* options);
    [LibraryImport(Library)] public static partial int bpf_object__load(nint bpfObject);
    [LibraryImport(Library)] public static partial void bpf_object__close(nint bpfObject);
    [LibraryImport(Library)] public static partial nint bpf_object__next_map(nint bpfObject, nint map);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial nint bpf_object__find_map_by_name(nint bpfObject, string name);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial nint bpf_object__find_program_by_name(nint bpfObject, string name);

    [LibraryImport(Library)] public static partial byte* bpf_map__name(nint map);
    [LibraryImport(Library)] public static partial int bpf_map__fd(nint map);
    [LibraryImport(Library)] public static partial uint bpf_map__type(nint map);
    [LibraryImport(Library)] public static partial uint bpf_map__key_size(nint map);
    [LibraryImport(Library)] public static partial uint bpf_map__value_size(nint map);
    [LibraryImport(Library)] public static partial void* bpf_map__initial_value(nint map, out nuint size);
    [LibraryImport(Library)] public static partial int bpf_map__set_max_entries(nint map, uint entries);

    [LibraryImport(Library)] public static partial nint bpf_object__next_program(nint bpfObject, nint program);
    [LibraryImport(Library)] public static partial byte* bpf_program__name(nint program);
    [LibraryImport(Library)] public static partial int bpf_program__set_autoload(nint program, [MarshalAs(UnmanagedType.U1)] bool autoload);
    [LibraryImport(Library, SetLastError = true)] public static partial nint bpf_program__attach(nint program);
    [LibraryImport(Library, SetLastError = true)] public static partial nint bpf_program__attach_cgroup(nint program, int groupFd);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial nint bpf_program__attach_kprobe(nint program, [MarshalAs(UnmanagedType.U1)] bool atReturn, string function);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int bpf_program__set_attach_target(nint program, int attachedProgram, string function);
    [LibraryImport(Library)] public static partial nint btf__load_vmlinux_btf();
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int btf__find_by_name_kind(nint btf, string name, uint kind);
    [LibraryImport(Library)] public static partial int bpf_link__destroy(nint link);
    [LibraryImport(Library)] public static partial int bpf_link__fd(nint link);
    [LibraryImport(Library)] public static partial int bpf_iter_create(int linkFd);

    [LibraryImport(Library)] public static partial int bpf_map_update_elem(int map, void* key, void* value, ulong flags);
    [LibraryImport(Library)] public static partial int bpf_map_lookup_elem(int map, void* key, void* value);
    [LibraryImport(Library)] public static partial int bpf_map_lookup_and_delete_elem(int map, void* key, void* value);
    [LibraryImport(Library)] public static partial int bpf_map_delete_elem(int map, void* key);
    [LibraryImport(Library)] public static partial int bpf_map_lookup_batch(int map, void* inBatch, void* outBatch, void* keys, void* values, uint* count, void* options);
}
