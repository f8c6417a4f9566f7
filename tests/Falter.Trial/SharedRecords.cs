using System.IO.MemoryMappedFiles;
using System.Diagnostics;

namespace Falter.Trial;

/// <summary>The records that <c>tests/programs/overridden.c</c> shares with whoever started it; members in the order of its <c>struct record</c>.</summary>
internal sealed class SharedRecords : IDisposable
{
    private const int Records = 128, Size = 16;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"falter-trial-{Environment.ProcessId}");
    private readonly MemoryMappedFile _memory;
    private readonly MemoryMappedViewAccessor _view;

    public SharedRecords()
    {
        File.WriteAllBytes(_file, new byte[Records * Size]);
        _memory = MemoryMappedFile.CreateFromFile(_file);
        _view = _memory.CreateViewAccessor();
    }

    /// <summary>The members of a record.</summary>
    internal enum Member
    {
        Ready,
        Made,
        Error,
        Effect,
    }

    /// <summary>Starts the program for one kind of call and waits until it is ready.</summary>
    public OverriddenProgram Start(string program, string call, int index)
    {
        _view.WriteArray(index * Size, new byte[Size], 0, Size);
        var process = Process.Start(new ProcessStartInfo(program, [call, _file, $"{index}"]) { UseShellExecute = false, RedirectStandardInput = true })!;
        var started = new OverriddenProgram(this, process, index);
        started.WaitFor(Member.Ready);
        return started;
    }

    private int Read(int index, Member member) => _view.ReadInt32(index * Size + (int)member * 4);

    public void Dispose()
    {
        _view.Dispose();
        _memory.Dispose();
        File.Delete(_file);
    }

    /// <summary>One started program.</summary>
    internal sealed class OverriddenProgram(SharedRecords records, Process process, int index) : IDisposable
    {
        public int Pid => process.Id;

        /// <summary>Lets it make its call.</summary>
        /// <returns>The errno that it got; 0 where the call succeeded, or never came back.</returns>
        public int Make()
        {
            process.StandardInput.BaseStream.WriteByte(1);
            process.StandardInput.BaseStream.Flush();
            WaitFor(Member.Made);
            return records.Read(index, Member.Error);
        }

        /// <summary>Lets it look whether its call has had an effect, and end.</summary>
        public bool HasEffect()
        {
            process.StandardInput.Close();
            if (!process.WaitForExit(s_patience)) throw new TimeoutException($"process {Pid} does not end");
            return records.Read(index, Member.Effect) != 0;
        }

        public void Dispose()
        {
            if (!process.HasExited) process.Kill();
            process.Dispose();
        }

        /// <summary>Waits until the program has set a member, or has become another by execve and ended.</summary>
        public void WaitFor(Member member)
        {
            for (var watch = Stopwatch.StartNew(); records.Read(index, member) == 0 && !process.HasExited; Thread.Sleep(4))
            {
                if (watch.Elapsed > s_patience) throw new TimeoutException($"process {Pid} does not go on");
            }
        }
    }
}
