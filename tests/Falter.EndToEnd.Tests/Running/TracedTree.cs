namespace Falter.EndToEnd.Tests;

/// <summary>Commands that make the same calls each time, whoever watches: one thread, no signals, no clock, no output but into files of their own.</summary>
public sealed class TracedTree : IDisposable
{
    private const string Script = """
        import os, sys
        root, = sys.argv[1:]
        for number in range(101):
            try: os.stat(f'{root}/missing-{number}')
            except FileNotFoundError: pass
            try: os.mkdir(f'{root}/tree')
            except FileExistsError: pass
            try: os.close(1000)
            except OSError: pass
        for folder, _, files in sorted(os.walk(root + '/tree')):
            for file in files:
                with open(f'{folder}/{file}') as text: text.read()
        """;

    private readonly string _root = Directory.CreateTempSubdirectory("falter-test-tree-").FullName;

    /// <summary>Makes the tree that the commands work on.</summary>
    public TracedTree()
    {
        for (int folder = 0; folder < 7; folder++)
        {
            string path = Path.Combine(_root, "tree", $"folder-{folder}");
            Directory.CreateDirectory(path);
            for (int file = 0; file < 11; file++) File.WriteAllText(Path.Combine(path, $"file-{file}"), new string('x', 1000 * folder + file));
        }
        File.WriteAllText(Path.Combine(_root, "script.py"), Script);
        File.SetUnixFileMode(_root, (UnixFileMode)0b111_101_101);
    }

    /// <summary>
    /// A command by name: tar, find or python. Each begins with <c>env -i</c>, because Falter marks the environment of what it launches, and a program may make more calls
    /// with a larger one.
    /// </summary>
    public string[] Command(string name) => ["/usr/bin/env", "-i", "PATH=/usr/bin:/bin", "PYTHONHASHSEED=0", .. name switch
    {
        "tar" => (string[])["tar", "-c", "-f", Path.Combine(_root, "archive.tar"), "-C", _root, "tree"],
        "find" => ["find", Path.Combine(_root, "tree"), "-size", "+2", "-fprint", Path.Combine(_root, "found")],
        "python" => ["python3", "-S", "-s", "-B", Path.Combine(_root, "script.py"), _root],
        _ => throw new ArgumentException(name),
    }];

    /// <summary>A file beside the tree.</summary>
    public string FileBeside(string name) => Path.Combine(_root, name);

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
