using System.Runtime.InteropServices;
using System.Text;
using Falter.Linux.Interop;
using Falter.Linux.Network;
using Falter.Records;

namespace Falter.Linux.Launch;

/// <summary>
/// Starts a program with <c>posix_spawn</c>: a session of its own, default signal dispositions and an empty signal mask (.NET ignores SIGPIPE and
/// others, which children would inherit), and no descriptors but those asked for.
/// </summary>
internal sealed class SpawnRequest
{
    private readonly List<(int From, int To)> _descriptors = [];

    /// <summary>The program's file.</summary>
    public required string File { get; init; }

    /// <summary>Its arguments, the name it is called by first.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Its whole environment, as <c>NAME=value</c>.</summary>
    public required IReadOnlyList<string> Environment { get; init; }

    public string? WorkingFolder { get; init; }

    /// <summary>The network namespace that it starts in; null: this process's.</summary>
    public NetworkNamespace? Network { get; init; }

    /// <summary>Holds the new process back before it executes the program; null for none.</summary>
    public ExecGate? Gate { get; init; }

    /// <summary>Gives the new process a descriptor of this one under another number, 0 to 9.</summary>
    public void Pass(int descriptor, int asNumber) => _descriptors.Add((descriptor, asNumber));

    /// <summary>Starts it. Returns when the program is being executed, or when that has failed.</summary>
    /// <returns>Process number, or an errno.</returns>
    public unsafe (int Pid, Errno? Error) Spawn()
    {
        byte* attributes = stackalloc byte[Libc.SizeOf_posix_spawnattr_t];
        byte* actions = stackalloc byte[Libc.SizeOf_posix_spawn_file_actions_t];
        Require(Libc.posix_spawnattr_init(attributes), "posix_spawnattr_init");
        Require(Libc.posix_spawn_file_actions_init(actions), "posix_spawn_file_actions_init");
        var kept = new List<Descriptor>();
        try
        {
            SetAttributes(attributes);
            SetActions(actions, kept);
            using var argv = new StringVector(Arguments);
            using var envp = new StringVector(Environment);
            int pid;
            fixed (byte* file = Encoding.UTF8.GetBytes(File + '\0'))
            {
                int error = Libc.posix_spawn(&pid, file, actions, attributes, argv.Pointer, envp.Pointer);
                return error == 0 ? (pid, null) : (0, new Errno((short)error));
            }
        }
        finally
        {
            _ = Libc.posix_spawn_file_actions_destroy(actions);
            _ = Libc.posix_spawnattr_destroy(attributes);
            foreach (Descriptor descriptor in kept) descriptor.Dispose();
        }
    }

    private static unsafe void SetAttributes(byte* attributes)
    {
        byte* signals = stackalloc byte[Libc.SizeOf_sigset_t];
        _ = Libc.sigemptyset(signals);
        Require(Libc.posix_spawnattr_setsigmask(attributes, signals), "posix_spawnattr_setsigmask");
        _ = Libc.sigfillset(signals);
        Require(Libc.posix_spawnattr_setsigdefault(attributes, signals), "posix_spawnattr_setsigdefault");
        Require(Libc.posix_spawnattr_setflags(attributes, Libc.POSIX_SPAWN_SETSID | Libc.POSIX_SPAWN_SETSIGDEF | Libc.POSIX_SPAWN_SETSIGMASK), "posix_spawnattr_setflags");
    }

    private unsafe void SetActions(byte* actions, List<Descriptor> kept)
    {
        if (Gate is not null)
        {
            // Its own copy must go first: it would keep the lease alive that the opening waits for, should this process die.
            Require(Libc.posix_spawn_file_actions_addclose(actions, Gate.Descriptor), "posix_spawn_file_actions_addclose");
            // The opening blocks; the number it gets is closed again below.
            Require(Libc.posix_spawn_file_actions_addopen(actions, 3, Gate.Path, Libc.O_RDONLY | Libc.O_CLOEXEC, 0), "posix_spawn_file_actions_addopen");
        }
        foreach ((int from, int to) in _descriptors)
        {
            // Copies above 9, so that no later action of this list overwrites the source of another.
            var copy = new Descriptor(Libc.Checked(Libc.fcntl(from, Libc.F_DUPFD_CLOEXEC, 10), $"fcntl({from}, F_DUPFD_CLOEXEC)"));
            kept.Add(copy);
            Require(Libc.posix_spawn_file_actions_adddup2(actions, copy.Number, to), "posix_spawn_file_actions_adddup2");
        }
        int last = 2;
        foreach ((_, int to) in _descriptors) last = Math.Max(last, to);
        for (int fd = 3; fd <= last; fd++)
        {
            if (!_descriptors.Exists(d => d.To == fd)) Require(Libc.posix_spawn_file_actions_addclose(actions, fd), "posix_spawn_file_actions_addclose");
        }
        Require(Libc.posix_spawn_file_actions_addclosefrom_np(actions, last + 1), "posix_spawn_file_actions_addclosefrom_np");
        if (WorkingFolder is not null) Require(Libc.posix_spawn_file_actions_addchdir_np(actions, WorkingFolder), "posix_spawn_file_actions_addchdir_np");
    }

    private static void Require(int error, string call)
    {
        if (error != 0) throw new LinuxException(call, new Errno((short)error));
    }

    /// <summary>A null-terminated array of C strings.</summary>
    private sealed unsafe class StringVector : IDisposable
    {
        private readonly int _count;

        public StringVector(IReadOnlyList<string> texts)
        {
            _count = texts.Count;
            Pointer = (byte**)NativeMemory.AllocZeroed((nuint)(_count + 1), (nuint)sizeof(byte*));
            for (int i = 0; i < _count; i++) Pointer[i] = (byte*)Marshal.StringToCoTaskMemUTF8(texts[i]);
        }

        public byte** Pointer { get; }

        public void Dispose()
        {
            for (int i = 0; i < _count; i++) Marshal.FreeCoTaskMem((nint)Pointer[i]);
            NativeMemory.Free(Pointer);
        }
    }
}
