-- The rest of the facts in plain SQL for PostgreSQL: what others make of the agents (evaluations, surveys, tests), and
-- their shifts, whose adherence and attendance are reckoned here from the plan, the states and the clock.
-- Written from the definitions and not from the program, as kpi_facts.sql is; "every" has the same columns.
WITH RECURSIVE
-- Of what a scorer handed in about a conversation the last ruling stands, where there is one: each ruling is about what
-- stood before it. Scores that are given to practise, or to compare scorers, are nobody's.
handed_in AS (
    SELECT e.id, e.agent_id, e.call_id, e.submitted_at FROM evaluations e
    WHERE e.purpose = 'routine' AND e.submitted_at IS NOT NULL
), ruled AS (
    SELECT h.id AS first_id, h.id AS now_id, 0 AS step FROM handed_in h
    UNION ALL
    SELECT r.first_id, e.id, r.step + 1 FROM ruled r JOIN evaluations e ON e.about_id = r.now_id
    WHERE e.purpose = 'ruling' AND e.submitted_at IS NOT NULL
), standing AS (
    SELECT DISTINCT ON (first_id) first_id, now_id FROM ruled ORDER BY first_id, step DESC
), quality_facts AS (
    SELECT (h.submitted_at AT TIME ZONE 'Asia/Shanghai')::date AS day, c.queue, u.username AS agent, f.fact, f.value
    FROM standing s JOIN handed_in h ON h.id = s.first_id JOIN evaluations e ON e.id = s.now_id
    JOIN users u ON u.id = h.agent_id LEFT JOIN calls c ON c.call_id = h.call_id,
    LATERAL (VALUES ('scored', 1), ('score_tenths', e.score), ('fatals', e.fatal::int)) AS f (fact, value)
),
survey_facts AS (
    SELECT (s.offered_at AT TIME ZONE 'Asia/Shanghai')::date AS day, s.queue, u.username AS agent, f.fact, f.value
    FROM surveys s LEFT JOIN users u ON u.id = s.user_id,
    LATERAL (VALUES ('surveys_offered', 1), ('surveys_answered', (s.score IS NOT NULL)::int),
                    ('surveys_good', COALESCE(s.score >= 4, FALSE)::int),
                    ('nps_answered', (s.recommends IS NOT NULL)::int),
                    ('nps_promoters', COALESCE(s.recommends BETWEEN 9 AND 10, FALSE)::int),
                    ('nps_detractors', COALESCE(s.recommends <= 6, FALSE)::int)) AS f (fact, value)
),
-- Every marked sheet of a test that counts, out of a hundred points and a half of a tenth upwards.
exam_facts AS (
    SELECT (a.marked_at AT TIME ZONE 'Asia/Shanghai')::date AS day, NULL AS queue, u.username AS agent, f.fact, f.value
    FROM exam_attempts a JOIN exam_papers p ON p.id = a.paper_id JOIN users u ON u.id = a.user_id,
    LATERAL (VALUES ('exams', 1),
        ('exam_tenths', COALESCE(ROUND(1000.0 * a.tenths / NULLIF(a.of_tenths, 0)), 0))) AS f (fact, value)
    WHERE p.counts AND a.state = 'marked'
),
-- Shifts: published, and over for five minutes. Leave and excused time are no part of the plan; leave is not paid.
held AS (
    SELECT s.id, s.user_id, s.starts_at, s.ends_at, s.parts, tstzmultirange(tstzrange(s.starts_at, s.ends_at)) AS span,
           COALESCE((SELECT range_agg(tstzrange(l.starts_at, l.ends_at)) FROM leaves l
                     WHERE l.user_id = s.user_id AND l.state = 'granted'), '{}') AS away,
           COALESCE((SELECT range_agg(tstzrange(x.starts_at, x.ends_at)) FROM excused_times x
                     WHERE x.user_id = s.user_id AND x.lifted_at IS NULL), '{}') AS excused
    FROM shifts s WHERE s.state = 'published' AND s.ends_at <= %(now)s - INTERVAL '5 minutes'
), asked AS (
    SELECT h.*, h.span - h.away - h.excused AS plan, h.span - h.away AS paid FROM held h
),
-- What he did, in each shift and from an hour before it on.
done AS (
    SELECT a.id, d.state, d.reason, d.since, COALESCE(d.until, %(now)s) AS until
    FROM asked a JOIN agent_states d ON d.user_id = a.user_id AND d.since < a.ends_at
     AND COALESCE(d.until, %(now)s) > a.starts_at - INTERVAL '1 hour'
    WHERE d.state <> 'offline'
), did AS (
    SELECT id, range_agg(tstzrange(since, until)) AS there,
           range_agg(tstzrange(since, until)) FILTER (WHERE state <> 'paused') AS worked,
           range_agg(tstzrange(since, until)) FILTER (WHERE state = 'available') AS available,
           range_agg(tstzrange(since, until)) FILTER (WHERE state = 'paused' AND reason IN ('training', 'meeting')) AS met,
           range_agg(tstzrange(since, until)) FILTER (WHERE state = 'paused' AND reason = 'back_office') AS back_office
    FROM done GROUP BY id
), what AS (
    SELECT a.id, a.user_id, a.starts_at, a.ends_at, a.parts, a.span, a.plan, a.paid,
           COALESCE(d.there, '{}') AS there, COALESCE(d.worked, '{}') AS worked, COALESCE(d.available, '{}') AS available,
           COALESCE(d.met, '{}') AS met, COALESCE(d.back_office, '{}') AS back_office
    FROM asked a LEFT JOIN did d ON d.id = a.id
),
-- A break lies where it fits best: by whole minutes, no more than thirty, not over what is planned before or after it,
-- and the nearest of equals. What fits is time away from work; a call that runs into a break does no harm.
parts AS (
    SELECT w.id, w.starts_at, w.ends_at, p.place, p.part ->> 0 AS kind,
           (p.part ->> 1)::timestamptz AS since, (p.part ->> 2)::timestamptz AS until
    FROM what w, LATERAL json_array_elements(w.parts) WITH ORDINALITY AS p (part, place)
), near AS (
    SELECT p.*, COALESCE(LAG(p.until) OVER those, p.starts_at) AS earliest,
           COALESCE(LEAD(p.since) OVER those, p.ends_at) AS latest
    FROM parts p WINDOW those AS (PARTITION BY p.id ORDER BY p.since)
), places AS (
    SELECT n.id, n.place, m.move, n.since + m.move * INTERVAL '1 minute' AS since,
           n.until + m.move * INTERVAL '1 minute' AS until
    FROM near n, generate_series(-30, 30) AS m (move)
    WHERE n.kind IN ('rest', 'meal') AND (m.move = 0 OR (n.since + m.move * INTERVAL '1 minute' >= n.earliest
                                                          AND n.until + m.move * INTERVAL '1 minute' <= n.latest))
), round_it AS (
    SELECT n.id, n.place, d.state, d.since, d.until FROM near n JOIN done d ON d.id = n.id AND d.state <> 'paused'
     AND d.since < n.until + INTERVAL '30 minutes' AND d.until > n.since - INTERVAL '30 minutes'
    WHERE n.kind IN ('rest', 'meal')
), fits AS (
    SELECT p.id, p.place, p.move, p.since, p.until, COALESCE(SUM(
               EXTRACT(EPOCH FROM LEAST(p.until, d.until) - GREATEST(p.since, d.since))
               * CASE d.state WHEN 'available' THEN 2 ELSE 1 END) FILTER (WHERE d.id IS NOT NULL), 0) AS worked
    FROM places p LEFT JOIN round_it d
      ON d.id = p.id AND d.place = p.place AND d.since < p.until AND d.until > p.since
    GROUP BY p.id, p.place, p.move, p.since, p.until
), best AS (
    SELECT DISTINCT ON (id, place) id, place, since, until FROM fits
    ORDER BY id, place, worked, ABS(move), move DESC
), taken AS (
    SELECT p.id, range_agg(tstzrange(COALESCE(b.since, p.since), COALESCE(b.until, p.until))) AS away,
           range_agg(tstzrange(b.since, b.until)) FILTER (WHERE b.id IS NOT NULL) AS breaks,
           range_agg(tstzrange(p.since, p.until)) FILTER (WHERE p.kind IN ('training', 'meeting')) AS meetings,
           range_agg(tstzrange(p.since, p.until)) FILTER (WHERE p.kind = 'back_office') AS back_office
    FROM parts p LEFT JOIN best b ON b.id = p.id AND b.place = p.place GROUP BY p.id
),
-- Kept: work is worked; in a break nobody is available; a training or meeting has a pause for one, or no phone.
pieces AS (
    SELECT w.id, k.kind, k.span FROM what w JOIN taken t ON t.id = w.id,
    LATERAL (VALUES ('planned', w.plan), ('paid', w.paid), ('kept', (w.plan - t.away) * w.worked),
        ('kept', w.plan * t.breaks - w.available), ('kept', w.plan * t.meetings * w.met),
        ('kept', w.plan * t.meetings - w.there), ('kept', w.plan * t.back_office * w.back_office)) AS k (kind, span)
), sums AS (
    SELECT p.id, SUM(f.value) FILTER (WHERE p.kind = 'planned') AS planned,
           SUM(f.value) FILTER (WHERE p.kind = 'paid') AS paid, SUM(f.value) FILTER (WHERE p.kind = 'kept') AS kept
    FROM pieces p, LATERAL unnest(p.span) AS r,
    LATERAL (VALUES (EXTRACT(EPOCH FROM upper(r) - lower(r)) * 1000)) AS f (value) GROUP BY p.id
),
-- He came with the first login from an hour before on, or with the first moment of a phone; he went when the last is
-- known of him, unless he came again. A minute of grace, both ways.
on_phone AS (
    SELECT w.id, MIN(GREATEST(d.since, lower(w.plan) - INTERVAL '1 hour')) AS came FROM what w JOIN done d ON d.id = w.id
    WHERE d.until > lower(w.plan) - INTERVAL '1 hour' AND d.since < upper(w.plan) GROUP BY w.id
), came AS (
    SELECT w.id, w.user_id, w.starts_at, w.ends_at, lower(w.plan) AS due, upper(w.plan) AS until,
           LEAST(p.came, (SELECT MIN(c.at) FROM clock_events c WHERE c.user_id = w.user_id AND c.kind = 'in'
                          AND c.at >= lower(w.plan) - INTERVAL '1 hour' AND c.at < upper(w.plan))) AS came
    FROM what w LEFT JOIN on_phone p ON p.id = w.id
), off_phone AS (
    SELECT c.id, MAX(d.until) AS went FROM came c JOIN done d ON d.id = c.id
    WHERE d.until > c.came AND d.since < c.until GROUP BY c.id
), went AS (
    SELECT c.*, GREATEST(p.went, (SELECT MAX(o.at) FROM clock_events o WHERE o.user_id = c.user_id AND o.kind = 'out'
                                  AND o.at > c.came AND o.at < c.ends_at + INTERVAL '5 minutes')) AS went
    FROM came c LEFT JOIN off_phone p ON p.id = c.id
), shift_facts AS (
    SELECT (w.starts_at AT TIME ZONE 'Asia/Shanghai')::date AS day, NULL AS queue, u.username AS agent, f.fact, f.value
    FROM went w JOIN users u ON u.id = w.user_id LEFT JOIN sums s ON s.id = w.id,
    LATERAL (VALUES ('planned_ms', s.planned), ('adhered_ms', s.kept), ('paid_ms', s.paid),
        ('shifts_planned', (w.due IS NOT NULL)::int),
        ('shifts_kept', (w.came <= w.due + INTERVAL '1 minute'
             AND (w.went IS NULL OR w.went >= w.until - INTERVAL '1 minute'
                  OR EXISTS (SELECT 1 FROM clock_events a WHERE a.user_id = w.user_id AND a.kind = 'in'
                             AND a.at > w.went AND a.at < w.until)))::int)) AS f (fact, value)
    WHERE f.value IS NOT NULL
),
every AS (
    SELECT day, -1 AS hour, COALESCE(queue, '') AS queue, agent, fact, value
    FROM (SELECT * FROM quality_facts UNION ALL SELECT * FROM survey_facts UNION ALL SELECT * FROM exam_facts
          UNION ALL SELECT * FROM shift_facts) AS of_people
)
