using System.Text;
using Falter.Linux.Interop;

namespace Falter.Linux.Launch;

/// <summary>
/// Reads what a command writes, on a thread of its own, until the command ends. Not until the pipes do: what it left running in the background holds them for as long as it likes.
/// </summary>
#pragma warning disable CA1001 // Its thread closes the pipes when the command has ended; until then nobody may.
internal sealed class CommandOutput
#pragma warning restore CA1001
{
    // What a reader of a report looks at is the end; a command that writes without end must not fill the memory.
    private const int MostKept = 64 * 1024;

    // What is in a pipe when its writer ends: the kernel's default is 64 KiB, F_SETPIPE_SZ allows an unprivileged user 1 MiB.
    private const int MostLeft = 1024 * 1024;

    private readonly Tail _output, _errors;
    private readonly Descriptor _end;
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="output">The pipe of standard output; taken over.</param>
    /// <param name="errors">The pipe of standard error; taken over.</param>
    /// <param name="pidfd">The command; a copy is kept.</param>
    public CommandOutput(Descriptor output, Descriptor errors, Descriptor pidfd)
    {
        _output = new Tail(output);
        _errors = new Tail(errors);
        _end = new Descriptor(Libc.Checked(Libc.fcntl(pidfd.Number, Libc.F_DUPFD_CLOEXEC, 10), "fcntl(F_DUPFD_CLOEXEC)"));
        new Thread(Run) { IsBackground = true, Name = "falter-output" }.Start();
    }

    /// <summary>Completes when the command has ended and what it wrote is read.</summary>
    public Task Completed => _completed.Task;

    public string Output => _output.Text;
    public string Errors => _errors.Text;

    private void Run()
    {
        try
        {
            using (_end)
            using (_output)
            using (_errors)
            {
                ReadUntilEnd();
                _output.ReadLeft(MostLeft);
                _errors.ReadLeft(MostLeft);
            }
            _completed.SetResult();
        }
        catch (LinuxException e)
        {
            _completed.SetException(e);
        }
    }

    private void ReadUntilEnd()
    {
        Span<pollfd_t> awaited = [pollfd_t.For(_end, Libc.POLLIN), _output.Awaited, _errors.Awaited];
        while (true)
        {
            if (pollfd_t.Poll(awaited, -1) == 0) continue;
            // poll(2) passes over entries with a negative number: a pipe that nobody writes to any more would be ready for ever.
            if (awaited[1].revents != 0 && !_output.Read()) awaited[1].fd = -1;
            if (awaited[2].revents != 0 && !_errors.Read()) awaited[2].fd = -1;
            if (awaited[0].revents != 0) return;
        }
    }

    /// <summary>The end of what comes out of a pipe.</summary>
    private sealed class Tail(Descriptor pipe) : IDisposable
    {
        private readonly Lock _lock = new();
        private readonly byte[] _kept = new byte[2 * MostKept];
        private int _length;
        private bool _cut;

        public pollfd_t Awaited => pollfd_t.For(pipe, Libc.POLLIN);

        public string Text
        {
            get
            {
                lock (_lock)
                {
                    int from = Math.Max(0, _length - MostKept);
                    // A character that was cut in two is left out.
                    if (from > 0 || _cut) while (from < _length && (_kept[from] & 0xc0) == 0x80) from++;
                    return Encoding.UTF8.GetString(_kept, from, _length - from);
                }
            }
        }

        /// <summary>Reads once. False at the end.</summary>
        public unsafe bool Read()
        {
            byte* buffer = stackalloc byte[16 * 1024];
            nint count = Libc.read(pipe.Number, buffer, 16 * 1024);
            if (count <= 0) return count < 0 && Libc.LastErrno == Records.Errno.EINTR;
            lock (_lock)
            {
                if (_length + count > _kept.Length)
                {
                    _kept.AsSpan(_length - MostKept, MostKept).CopyTo(_kept);
                    _length = MostKept;
                    _cut = true;
                }
                new Span<byte>(buffer, (int)count).CopyTo(_kept.AsSpan(_length));
                _length += (int)count;
            }
            return true;
        }

        /// <summary>Reads what is there, without waiting.</summary>
        public void ReadLeft(int most)
        {
            for (int read = 0; read < most; read += 16 * 1024)
            {
                Span<pollfd_t> awaited = [Awaited];
                if (pollfd_t.Poll(awaited, 0) == 0 || !Read()) return;
            }
        }

        public void Dispose() => pipe.Dispose();
    }
}
