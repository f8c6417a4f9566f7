using System.IO.MemoryMappedFiles;
using System.Diagnostics;

namespace Falter.Trial;

/// <summary>The records that <c>tests/programs/overridden.c</c> shares with whoever started it; members in the order of its <c>struct record</c>.</summary>
internal sealed class SharedRecords : IDisposable
{
    private const int Records = 128, Size = 32;
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

    /// <summary>Starts the program for one kind of call and waits until it is ready.</summary>
    public OverriddenProgram Start(string program, string call, int index)
    {
        for (int i = 0; i < Size; i += 4) Write(index, i / 4, 0);
        var process = Process.Start(new ProcessStartInfo(program, [call, _file, $"{index}"]) { UseShellExecute = false })!;
        var started = new OverriddenProgram(this, process, index);
        started.WaitFor(0);
        return started;
    }

    public int Read(int index, int member) => _view.ReadInt32(index * Size + member * 4);

    public void Write(int index, int member, int value) => _view.Write(index * Size + member * 4, value);

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
            records.Write(index, 1, 1);
            WaitFor(2);
            return records.Read(index, 4);
        }

        /// <summary>Lets it look whether its call has had an effect, and end.</summary>
        public bool HasEffect()
        {
            records.Write(index, 3, 1);
            if (!process.WaitForExit(s_patience)) throw new TimeoutException($"process {Pid} does not end");
            return records.Read(index, 5) != 0;
        }

        public void Dispose()
        {
            if (!process.HasExited) process.Kill();
            process.Dispose();
        }

        /// <summary>Waits until the program has set a member, or has become another by execve and ended.</summary>
        public void WaitFor(int member)
        {
            for (var watch = Stopwatch.StartNew(); records.Read(index, member) == 0 && !process.HasExited; Thread.Sleep(1))
            {
                if (watch.Elapsed > s_patience) throw new TimeoutException($"process {Pid} does not go on");
            }
        }
    }
}
