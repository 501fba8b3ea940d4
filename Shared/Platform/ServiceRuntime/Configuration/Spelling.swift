// SPDX-License-Identifier: Apache-2.0

/// Finds the word that somebody probably meant.
enum Spelling {
    /// The nearest of `candidates`, or nil when none is near enough to be worth suggesting.
    static func suggestion(for word: String, among candidates: some Sequence<String>) -> String? {
        let limit = max(1, min(3, word.count / 4))
        var best: (word: String, distance: Int)?
        for candidate in candidates.sorted() {
            let distance = distance(Array(word.lowercased()), Array(candidate.lowercased()))
            if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.word
    }

    /// Up to three of `candidates` that somebody may have meant, the likeliest first: those of which the word is a part,
    /// such as the name without its section, and those that are spelt alike.
    static func nearest(to word: String, among candidates: some Sequence<String>) -> [String] {
        let word = word.lowercased()
        let limit = max(2, word.count / 3)
        let ranked = candidates.compactMap { candidate -> (word: String, rank: Int)? in
            let name = candidate.lowercased()
            let last = name.split(separator: ".").last.map(String.init) ?? name
            if !word.isEmpty, name.contains(word) { return (candidate, last == word ? 0 : 1) }
            let distance = min(distance(Array(word), Array(name)), distance(Array(word), Array(last)))
            return distance <= limit ? (candidate, 1 + distance) : nil
        }
        return ranked.sorted { ($0.rank, $0.word) < ($1.rank, $1.word) }.prefix(3).map(\.word)
    }

    /// How many insertions, deletions and replacements lead from one word to the other (Levenshtein).
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var row = Array(0...right.count)
        for (index, character) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in 0..<right.count {
                let replaced = diagonal + (character == right[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
            }
        }
        return row[right.count]
    }
}
