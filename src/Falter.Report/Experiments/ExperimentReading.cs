using Falter.Records;

namespace Falter.Report;

/// <summary>A file that is being read: where it lies, what is wrong with it so far, and where its parts stand.</summary>
/// <param name="source">Its name, for messages.</param>
/// <param name="folder">What its relative paths start from.</param>
internal sealed class ExperimentReading(string source, string folder)
{
    private const string Code = "experiment-not-readable";

    // More would bury the first, which often is the cause of the others.
    private const int MostMistakes = 20;

    private readonly List<(StrictNode Place, Finding Finding)> _mistakes = [];
    private readonly Dictionary<object, SectionReading> _sections = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<object, StrictNode> _nodes = new(ReferenceEqualityComparer.Instance);

    /// <summary>The file's name, for messages.</summary>
    public string Source => source;

    /// <summary>How many mistakes there are so far.</summary>
    public int Mistakes => _mistakes.Count;

    /// <summary>Adds a mistake.</summary>
    public void Add(StrictNode place, string message) => Add(place, Finding.Refusal(Code, $"{Where(place)}: {message}"));

    /// <summary>Adds a mistake that names its place itself.</summary>
    public void Add(StrictNode place, Finding finding) => _mistakes.Add((place, finding));

    public void Add(IEnumerable<StrictMistake> mistakes)
    {
        foreach (StrictMistake mistake in mistakes) Add(new StrictScalar("", false, mistake.Line, mistake.Column), mistake.Message);
    }

    public string Where(StrictNode node) => $"{source}, line {node.Line}, column {node.Column}";

    /// <summary>A path out of the file.</summary>
    public string PathOf(string path) => Path.GetFullPath(Path.Combine(folder, path));

    /// <summary>Remembers what a part was read from.</summary>
    public T From<T>(SectionReading section, T part) where T : class
    {
        _sections[part] = section;
        return part;
    }

    /// <summary>Remembers what a part was read from.</summary>
    public T From<T>(StrictNode node, T part) where T : class
    {
        _nodes[part] = node;
        return part;
    }

    /// <summary>Where a key of a part stands; the part itself where it has no such key.</summary>
    public StrictNode Place(object part, string key) => _sections[part].Place(key);

    /// <summary>Where a part stands.</summary>
    public StrictNode Place(object part) => _nodes[part];

    /// <summary>Everything that is wrong, in the order of the file.</summary>
    public FalterException Refusal()
    {
        Finding[] told = [.. _mistakes.OrderBy(m => m.Place.Line).ThenBy(m => m.Place.Column).Select(m => m.Finding)];
        if (told.Length > MostMistakes) told = [.. told.Take(MostMistakes), Finding.Refusal(Code, $"{source}: {told.Length - MostMistakes} more mistakes")];
        return new FalterException(told, ExitCode.Usage);
    }
}
