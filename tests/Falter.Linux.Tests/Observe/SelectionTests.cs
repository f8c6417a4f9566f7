using System.Diagnostics;
using Falter.Linux.Cgroup;
using Falter.Linux.Launch;
using Falter.Linux.Proc;
using Falter.Linux.Tests.Cgroup;
using Falter.Observe;
using Falter.Records;
using static Falter.Linux.Tests.Observe.MonitorFixture;

namespace Falter.Linux.Tests.Observe;

/// <summary>Processes are chosen by name, by control group, with exceptions, and all of them together; each test uses names of its own.</summary>
public sealed class SelectionTests : IDisposable
{
    // Longer than a command name can be.
    private readonly string _folder = Directory.CreateTempSubdirectory("falter-selection-").FullName;
    private readonly string _name = $"p{Guid.NewGuid():N}";

    private string CommandName => _name[..15];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void By_name_those_that_run_and_those_that_come_are_counted_exactly()
    {
        const int threads = 3, calls = 1009, children = 5, later = 503;
        using VictimProgram program = VictimProgram.StartFile(Copy("calls", _name), threads, calls, children);
        using SyscallMonitor monitor = Open(new ProcessSelection { Names = [_name] });
        Assert.Equal(1, monitor.Alive);
        program.Go();
        Assert.Equal(0, program.WaitForExit());
        IntervalSample first = monitor.Read(Time);
        Assert.Equal(threads * calls + 2 * children, first.Rows.Count(Getppid));

        using VictimProgram second = VictimProgram.StartFile(Path.Combine(_folder, _name), 1, later, 0);
        second.Go();
        Assert.Equal(0, second.WaitForExit());
        IntervalSample sample = monitor.Read(Time);
        Assert.Equal((later, later), (sample.Rows.Count(Getppid), sample.Rows.Count(Openat, ENOENT)));
        // From the end of its own execve on: nothing of how it was started.
        Assert.Equal([CommandName], first.Rows.Concat(sample.Rows).Select(r => r.Process).Distinct());
        Assert.Equal(0, first.Lost + sample.Lost);
    }

    [Fact]
    public void A_program_is_found_by_its_file_name_whatever_it_calls_itself()
    {
        string program = Copy("calls", _name);
        using SyscallMonitor monitor = Open(new ProcessSelection { Names = [_name] });
        File.CreateSymbolicLink(Path.Combine(_folder, "other"), program);
        using VictimProgram other = VictimProgram.StartFile(Path.Combine(_folder, "other"), 1, 211, 0);
        other.Go();
        Assert.Equal(0, other.WaitForExit());
        SyscallRow row = monitor.Read(Time).Rows.Single(r => r.Syscall == Getppid);
        Assert.Equal(("other", 211), (row.Process, row.Count));
    }

    [Fact]
    public void A_process_that_takes_the_name_while_it_runs_is_found_at_the_next_look()
    {
        using SyscallMonitor monitor = Open(new ProcessSelection { Names = [CommandName] });
        using VictimProgram program = VictimProgram.Start("renames", CommandName, 307);
        monitor.LookAgain();
        Assert.Equal(0, monitor.Alive);
        program.Go();
        Assert.Equal("renamed", program.Output.ReadLine());
        monitor.LookAgain();
        Assert.Equal(1, monitor.Alive);
        program.Go();
        Assert.Equal(0, program.WaitForExit());
        Assert.Equal(307, monitor.Read(Time).Rows.Count(Getppid));
    }

    [Fact]
    public void Children_of_what_matches_are_counted_by_their_own_names_unless_they_are_excepted()
    {
        Copy("calls", "kept" + _name[..8]);
        Copy("calls", "left" + _name[..8]);
        using SyscallMonitor monitor = Open(new ProcessSelection { Names = [_name], ExceptNames = ["left" + _name[..8]] });
        string shell = Copy("/bin/sh", _name);
        using Process process = Process.Start(new ProcessStartInfo(shell, ["-c", $"for p in kept left; do echo go | {_folder}/${{p}}{_name[..8]} 1 101 3; done; exit 0"]) { UseShellExecute = false, RedirectStandardOutput = true })!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        IReadOnlyList<SyscallRow> rows = monitor.Read(Time).Rows;
        Assert.Equal(101 + 6, rows.Where(r => r.Process == "kept" + _name[..8]).Count(Close, EBADF));
        Assert.DoesNotContain(rows, r => r.Process.StartsWith("left", StringComparison.Ordinal));
        Assert.Contains(rows, r => r.Process == CommandName);
    }

    [Fact]
    public void Children_that_run_already_are_followed_by_whatever_name()
    {
        string shell = Copy("/bin/sh", _name);
        string calls = VictimProgram.Compiled("calls");
        // Two generations below what matches: sh, and calls.
        using Process process = Process.Start(new ProcessStartInfo(shell, ["-c", $"/bin/sh -c '{calls} 1 211 3; exit 0'; exit 0"]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true })!;
        int pid = int.Parse(process.StandardOutput.ReadLine()!, System.Globalization.CultureInfo.InvariantCulture);
        Assert.True(SpinWait.SpinUntil(() => File.ReadAllText($"/proc/{pid}/syscall").StartsWith("0 0x0 ", StringComparison.Ordinal), TimeSpan.FromSeconds(60)));
        using SyscallMonitor monitor = Open(new ProcessSelection { Names = [_name] });
        using SyscallMonitor alone = Open(new ProcessSelection { Names = [_name] }, followChildren: false);
        Assert.Equal((3, 1), (monitor.Alive, alone.Alive));
        process.StandardInput.WriteLine("go");
        process.WaitForExit();
        Assert.Equal(211 + 6, monitor.Read(Time).Rows.Where(r => r.Process == "calls").Count(Getppid));
        Assert.Equal([CommandName], alone.Read(Time).Rows.Select(r => r.Process).Distinct());
    }

    [Fact]
    public void Names_that_are_no_text_are_counted_as_one()
    {
        using SyscallMonitor monitor = Open(new ProcessSelection { Groups = [], ExceptPids = [Environment.ProcessId] });
        foreach (string escape in (string[])["\\376", "\\377"])
        {
            using Process process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"f=$(printf '{_folder}/x{escape}'); cp /bin/true \"$f\"; \"$f\"; rm \"$f\""]) { UseShellExecute = false })!;
            process.WaitForExit();
        }
        Assert.Equal(2, monitor.Read(Time).Rows.Where(r => r.Process == "x\ufffd").Count(Syscall.Named("execve")));
    }

    [Fact]
    public void Without_following_the_children_that_match_by_themselves_are_counted_all_the_same()
    {
        using SyscallMonitor monitor = Open(new ProcessSelection { Names = [_name] }, followChildren: false);
        using VictimProgram program = VictimProgram.StartFile(Copy("calls", _name), 1, 101, 7);
        program.Go();
        Assert.Equal(0, program.WaitForExit());
        Assert.Equal(101 + 2 * 7, monitor.Read(Time).Rows.Count(Getppid));
    }

    [Fact]
    public async Task Name_and_launched_command_are_combined_with_and()
    {
        Copy("calls", _name);
        using SyscallMonitor monitor = Open(new ProcessSelection { Roots = true, Names = [_name] });
        using VictimProgram stranger = VictimProgram.StartFile(Path.Combine(_folder, _name), 1, 1000, 0);
        await using LaunchedProcess launched = Launcher.Launch(
            new LaunchOptions { Command = ["/bin/sh", "-c", $"echo go | {_folder}/{_name} 2 83 0; /bin/true"], OutputFile = Path.Combine(_folder, "out") }, stopped => monitor.Follow(stopped.Tid));
        stranger.Go();
        Assert.Equal(0, stranger.WaitForExit());
        Assert.True((await launched.Exited).IsSuccess);
        IReadOnlyList<SyscallRow> rows = monitor.Read(Time).Rows;
        Assert.Equal(2 * 83, rows.Count(Getppid));
        Assert.Equal([CommandName], rows.Select(r => r.Process).Distinct());
        Assert.Equal(0, monitor.Alive);
    }

    [Theory]
    [InlineData(ControlGroupHierarchy.Unified)]
    [InlineData(ControlGroupHierarchy.Pids)]
    [InlineData(ControlGroupHierarchy.Freezer)]
    public void By_control_group_those_in_it_those_born_in_it_and_those_moved_into_it_are_counted(ControlGroupHierarchy hierarchy)
    {
        using TemporaryGroup group = TemporaryGroup.Make(hierarchy);
        using VictimProgram inside = VictimProgram.Start("calls", 2, 1009, 3), moved = VictimProgram.Start("calls", 1, 503, 0), outside = VictimProgram.Start("calls", 1, 2003, 0);
        group.Take(inside.Pid);
        using SyscallMonitor monitor = Open(new ProcessSelection { Groups = [group.Group] });
        Assert.Equal(1, monitor.Alive);
        group.Take(moved.Pid);
        monitor.LookAgain();
        Assert.Equal(2, monitor.Alive);
        foreach (VictimProgram program in (VictimProgram[])[inside, moved, outside])
        {
            program.Go();
            Assert.Equal(0, program.WaitForExit());
        }
        Assert.Equal(2 * 1009 + 2 * 3 + 503, monitor.Read(Time).Rows.Count(Getppid));
    }

    [Fact]
    public void Name_and_control_group_are_combined_with_and()
    {
        using TemporaryGroup group = TemporaryGroup.Make(ControlGroupHierarchy.Unified);
        Copy("calls", _name);
        using VictimProgram both = VictimProgram.StartFile(Path.Combine(_folder, _name), 1, 401, 0), nameOnly = VictimProgram.StartFile(Path.Combine(_folder, _name), 1, 100, 0),
            groupOnly = VictimProgram.Start("calls", 1, 100, 0);
        group.Take(both.Pid);
        group.Take(groupOnly.Pid);
        using SyscallMonitor monitor = Open(new ProcessSelection { Names = [_name], Groups = [group.Group] });
        foreach (VictimProgram program in (VictimProgram[])[both, nameOnly, groupOnly])
        {
            program.Go();
            Assert.Equal(0, program.WaitForExit());
        }
        Assert.Equal(401, monitor.Read(Time).Rows.Count(Getppid));
    }

    [Fact]
    public void A_group_that_is_made_anew_is_the_same_target()
    {
        using TemporaryGroup group = TemporaryGroup.Make(ControlGroupHierarchy.Unified);
        using SyscallMonitor monitor = Open(new ProcessSelection { Groups = [group.Group] });
        Directory.Delete(group.Group.Folder);
        Directory.CreateDirectory(group.Group.Folder);
        using VictimProgram program = VictimProgram.Start("calls", 1, 101, 0);
        group.Take(program.Pid);
        monitor.LookAgain();
        program.Go();
        Assert.Equal(0, program.WaitForExit());
        Assert.Equal(101, monitor.Read(Time).Rows.Count(Getppid));
    }

    [Fact]
    public void The_whole_machine_is_every_process_but_the_excepted()
    {
        Copy("calls", _name);
        using VictimProgram left = VictimProgram.Start("runs", 1, 1);
        using SyscallMonitor monitor = Open(new ProcessSelection { ExceptPids = [Environment.ProcessId, left.Pid] });
        using VictimProgram one = VictimProgram.StartFile(Path.Combine(_folder, _name), 2, 1009, 3);
        foreach (VictimProgram program in (VictimProgram[])[one, left])
        {
            program.Go();
            Assert.Equal(0, program.WaitForExit());
        }
        IReadOnlyList<SyscallRow> rows = monitor.Read(Time).Rows;
        Assert.Equal(2 * 1009 + 2 * 3, rows.Where(r => r.Process == CommandName).Count(Getppid));
        Assert.DoesNotContain(rows, r => r.Process == "runs");
        Assert.True(monitor.Alive > 0);
    }

    [Fact]
    public void Counting_leaves_the_kernel_while_nothing_matches_and_comes_back()
    {
        Copy("calls", _name);
        using SyscallMonitor monitor = MonitorFixture.Open(new SyscallMonitorOptions { Selection = new ProcessSelection { Names = [_name] }, IdleDetach = true });
        Assert.False(monitor.IsIdle);
        monitor.LookAgain();
        Assert.True(monitor.IsIdle);
        for (int round = 1; round <= 2; round++)
        {
            using VictimProgram program = VictimProgram.StartFile(Path.Combine(_folder, _name), 1, 401, 0);
            monitor.LookAgain();
            Assert.False(monitor.IsIdle);
            Assert.Equal(round, monitor.Resumptions);
            program.Go();
            Assert.Equal(0, program.WaitForExit());
            monitor.LookAgain();
            Assert.True(monitor.IsIdle);
            Assert.Equal(401, monitor.Read(Time).Rows.Count(Getppid));
        }
    }

    [Fact]
    public void Running_processes_that_match_are_found_without_their_descendants()
    {
        using VictimProgram program = VictimProgram.StartFile(Copy("calls", _name), 0, 0, 0);
        var byName = new ProcessSelection { Names = [_name] };
        Assert.Equal([program.Pid], byName.RunningRoots([]));
        Assert.Equal([program.Pid], new ProcessSelection { Names = [CommandName] }.RunningRoots([Environment.ProcessId]));
        Assert.Empty((byName with { ExceptPids = [program.Pid] }).RunningRoots([]));
    }

    private static SyscallMonitor Open(ProcessSelection selection, bool followChildren = true) =>
        MonitorFixture.Open(new SyscallMonitorOptions { Selection = selection, FollowChildren = followChildren });

    private string Copy(string program, string name)
    {
        string copy = Path.Combine(_folder, name);
        File.Copy(Path.IsPathRooted(program) ? program : VictimProgram.Compiled(program), copy);
        return copy;
    }
}
